internal import Bytes
internal import Crypto
internal import Foundation
internal import KeyEvents

/// Reads a bundle line by line, and verifies that it is complete.
struct BundleReader {
    private let handle: FileHandle
    private var buffer: [UInt8] = []
    private var offset = 0
    private var hasher = SHA256()
    private var number = 0
    private var records: UInt64 = 0
    private var isAtEnd = false

    init(_ handle: FileHandle) { self.handle = handle }

    /// The next line; `nil` after the last one, which was the end line.
    mutating func next() throws -> BundleLine? {
        number += 1
        guard let line = try nextLine() else {
            guard isAtEnd else { throw BundleError.endsEarly }
            return nil
        }
        guard !isAtEnd else { throw BundleError.damaged(line: number, what: "something follows the end") }
        guard let parsed = BundleLine(line) else {
            throw number == 1 ? BundleError.notABundle : .damaged(line: number, what: "the line is not what an export writes")
        }
        switch parsed {
        case .end(let records, let sha256):
            isAtEnd = true
            guard records == self.records else {
                throw BundleError.damaged(line: number, what: "the bundle was made of \(records) records, and holds \(self.records)")
            }
            guard Digest32(hasher.finalize()) == sha256 else {
                throw BundleError.damaged(line: number, what: "the bytes before are not those that were written")
            }
        case .record:
            records += 1
        case .header, .checkpoint: break
        }
        hasher.update(data: line)
        hasher.update(data: [UInt8(ascii: "\n")])
        return parsed
    }

    /// The next line; `nil` at the end of the file. A line without LF is an error.
    private mutating func nextLine() throws -> ArraySlice<UInt8>? {
        var searched = offset
        while true {
            if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { offset = end + 1 }
                return buffer[offset..<end]
            }
            searched = buffer.count - offset
            guard searched <= BundleLine.maxBytes else {
                throw number == 1 ? BundleError.notABundle : .damaged(line: number, what: "the line has no end")
            }
            buffer.removeSubrange(..<offset)
            offset = 0
            let more = try handle.read(upToCount: 1 << 20) ?? Data()
            if more.isEmpty {
                guard buffer.isEmpty else { throw number == 1 ? BundleError.notABundle : .endsEarly }
                return nil
            }
            buffer += more
        }
    }
}

/// Why a file is not a usable bundle.
public enum BundleError: Error, Equatable, Sendable {
    /// The file is no bundle, or one of an unknown version.
    case notABundle
    /// The last line is missing.
    case endsEarly
    /// A line is damaged; its number, from 1 on, and what is wrong.
    case damaged(line: Int, what: String)
}

extension BundleError: CustomStringConvertible {
    /// The sentence for the person who named the file.
    public var description: String {
        switch self {
        case .notABundle: "The file is no bundle of keyledger log export (or one of another version)."
        case .endsEarly: "The bundle ends early: its last line is missing. Download or export it again."
        case .damaged(let line, let what): "The bundle is damaged at line \(line): \(what). Download or export it again."
        }
    }
}

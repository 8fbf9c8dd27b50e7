internal import Bytes
internal import FoundationEssentials

/// The secret of a key, as it is sent. Whatever prints or inspects it shows nothing of it.
public struct APIKey: Hashable, Sendable {
    private let secret: String

    public init(_ secret: String) { self.secret = secret }

    /// The only line of a file, which its owner alone should be able to read.
    public init(contentsOfFile path: String) throws(FileError) {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { throw FileError(path: path, problem: "cannot be read") }
        let lines = text.split(whereSeparator: \.isWhitespace)
        guard let line = lines.first, lines.count == 1 else { throw FileError(path: path, problem: "does not hold exactly one key") }
        secret = String(line)
    }

    /// Whether `text` holds what looks like a key: `prefix_environment_` and 49 letters and digits. To be asked of what a service keeps
    /// or shows, so that no key is kept or shown by mistake; percent-encoding, up to three times over, hides none.
    public static func isHeld(in text: some StringProtocol) -> Bool {
        var bytes = Array(text.utf8)
        for _ in 0..<4 {
            if hasKey(bytes) { return true }
            guard bytes.contains(UInt8(ascii: "%")) else { return false }
            bytes = percentDecoded(bytes)
        }
        return false
    }

    /// What is no encoding of a byte stays.
    private static func percentDecoded(_ bytes: [UInt8]) -> [UInt8] {
        var decoded: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count,
                let byte = UInt8(String(decoding: bytes[index + 1...index + 2], as: UTF8.self), radix: 16)
            {
                decoded.append(byte)
                index += 3
            } else {
                decoded.append(bytes[index])
                index += 1
            }
        }
        return decoded
    }

    private static func hasKey(_ bytes: [UInt8]) -> Bool {
        guard bytes.count >= 4 + randomCharacters else { return false }
        let parts = bytes.split(separator: UInt8(ascii: "_"), omittingEmptySubsequences: false)
        return parts.indices.dropFirst(2).contains { index in
            // Something else may stand before the prefix and behind the last character, but not between.
            parts[index].prefix(while: \.isASCIILetterOrDigit).count == randomCharacters
                && (1...16).contains(parts[index - 1].count) && parts[index - 1].allSatisfy(\.isASCIILetterOrDigit)
                && parts[index - 2].last?.isASCIILetterOrDigit ?? false
        }
    }

    /// With those of the checksum.
    private static let randomCharacters = 49

    /// To be written into a request, and nowhere else.
    public func reveal() -> String { secret }

    /// A key could not be had from a file.
    public struct FileError: Error, CustomStringConvertible {
        public let path: String
        let problem: String

        public var description: String { "The file \(path) \(problem)." }
    }
}

extension APIKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "(an API key)" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}

internal import Foundation
internal import Glibc

/// A key's name and hint without case, as UTF-8: name ‖ `0xFF`, which no text holds ‖ hint.
struct SearchText: Sendable {
    private let bytes: [UInt8]
    private let nameCount: Int
    /// The first eight bytes of the name, which distinguish most names by one comparison.
    let prefix: UInt64

    init(name: String, hint: String) {
        let name = Self.fold(name)
        bytes = name + [0xFF] + Self.fold(hint)
        nameCount = name.count
        prefix = name.prefix(8).enumerated().reduce(0) { $0 | UInt64($1.element) << UInt64(56 - $1.offset * 8) }
    }

    /// Folds a text: texts that differ only in case, or in how their accents are composed, give the same bytes.
    static func fold(_ text: some StringProtocol) -> [UInt8] {
        let lowercased = text.lowercased()
        if lowercased.utf8.allSatisfy({ $0 < 0x80 }) { return Array(lowercased.utf8) }
        return Array(lowercased.precomposedStringWithCanonicalMapping.utf8)
    }

    /// Whether the name or the hint holds a folded text.
    func contains(_ text: borrowing Span<UInt8>) -> Bool {
        if text.isEmpty { return true }
        let bytes = bytes.span
        let first = text[0]
        var start = 0
        while start + text.count <= bytes.count {
            if bytes[start] == first {
                var length = 1
                while length < text.count, bytes[start + length] == text[length] { length += 1 }
                if length == text.count { return true }
            }
            start += 1
        }
        return false
    }

    /// Whether the name comes before another in the order of the folded bytes; `nil` where they are equal.
    func nameComesBefore(_ other: SearchText) -> Bool? {
        let difference = unsafe memcmp(bytes, other.bytes, min(nameCount, other.nameCount))
        if difference != 0 { return difference < 0 }
        return nameCount == other.nameCount ? nil : nameCount < other.nameCount
    }
}

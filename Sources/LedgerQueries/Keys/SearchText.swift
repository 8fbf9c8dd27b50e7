internal import Bytes
internal import Foundation
internal import Glibc

/// The texts by which a key is found, folded, as UTF-8: the name, and behind it the hint, the scopes and the values of the metadata,
/// each after `0xFF`, which no text holds.
struct SearchText: Sendable {
    private let bytes: [UInt8]
    private let nameCount: Int
    /// The first eight bytes of the name, which distinguish most names by one comparison.
    let prefix: UInt64

    init(name: String, others: some Sequence<String>) {
        let name = Self.fold(name)
        bytes = others.reduce(into: name) { $0 += [0xFF] + Self.fold($1) }
        nameCount = name.count
        prefix = name.prefix(8).enumerated().reduce(0) { $0 | UInt64($1.element) << UInt64(56 - $1.offset * 8) }
    }

    /// Folds a text: texts that differ only in case, in accents, in width or in what is not seen give the same bytes. It is Unicode's
    /// compatibility decomposition (UAX #15) without diacritical marks and ignorable characters, and then its full case folding, by
    /// which `ß` is `ss` and `ς` is `σ`. It is the same in every locale.
    static func fold(_ text: some StringProtocol) -> [UInt8] {
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.utf8.map(\.asciiLowercased) }
        // A letter that has a form in one case only, such as `ß` and `ſ`, arrives at the same letters by both steps; `ẞ` takes three.
        // What is dropped may have stood between marks that are put in order without it, so the letters are decomposed once more.
        let folded = letters(letters(text).lowercased().uppercased().lowercased())
        return folded.unicodeScalars.reduce(into: []) { bytes, scalar in
            bytes += plainLetters[scalar].map { Array($0.utf8) } ?? Array(String(scalar).utf8)
        }
    }

    /// The decomposition of a text without what does not count.
    private static func letters(_ text: some StringProtocol) -> String {
        String(String.UnicodeScalarView(text.decomposedStringWithCompatibilityMapping.unicodeScalars.filter { !isDropped($0) }))
    }

    /// The folded words of a text that a person searches for.
    static func words(_ text: String) -> [[UInt8]] {
        text.unicodeScalars.split { $0.properties.isWhitespace }.map { fold(String($0)) }.filter { !$0.isEmpty }
    }

    /// Whether a scalar does not count: what is not seen, and marks on letters of scripts in which they do not make another letter.
    private static func isDropped(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        // Combining diacritical marks, points of Hebrew, marks of Arabic.
        case 0x0300...0x036F, 0x0591...0x05BD, 0x05BF, 0x05C1...0x05C2, 0x05C4...0x05C5, 0x05C7, 0x064B...0x065F, 0x0670,
            0x1AB0...0x1AFF, 0x1DC0...0x1DFF, 0x20D0...0x20FF, 0xFE20...0xFE2F:
            true
        case 0..<0x80: false
        default: scalar.properties.isDefaultIgnorableCodePoint
        }
    }

    /// The letters with a stroke or of two letters that Unicode does not decompose.
    private static let plainLetters: [Unicode.Scalar: String] = [
        "ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "æ": "ae", "œ": "oe", "þ": "th",
    ]

    /// Whether one of the texts holds a folded text.
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

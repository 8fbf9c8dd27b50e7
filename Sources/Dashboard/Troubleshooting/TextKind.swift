internal import Bytes

/// The kinds of bytes that the reading of pasted text tells apart.
extension UInt8 {
    static let lineFeed = UInt8(ascii: "\n")
    static let space = UInt8(ascii: " ")
    static let backslash = UInt8(ascii: "\\")

    /// Whether the byte can be part of a header's name, or of a key.
    var isOfName: Bool { isASCIILetterOrDigit || self == UInt8(ascii: "_") || self == UInt8(ascii: "-") }
    var isBlank: Bool { self == .space || self == UInt8(ascii: "\t") }
    var isWhite: Bool { isBlank || self == .lineFeed }
    var isQuote: Bool { self == UInt8(ascii: "\"") || self == UInt8(ascii: "'") || self == UInt8(ascii: "`") }
}

extension [UInt8] {
    /// Whether a text in ASCII stands at an index, in capitals or not. `text` is in small letters.
    func has(_ text: String, at index: Int) -> Bool {
        guard index >= 0, index + text.utf8.count <= count else { return false }
        var place = index
        for byte in text.utf8 {
            guard self[place].asciiLowercased == byte else { return false }
            place += 1
        }
        return true
    }

    /// Whether a text in ASCII stands anywhere, in capitals or not. `text` is in small letters.
    func holds(_ text: String) -> Bool {
        guard let first = text.utf8.first else { return true }
        return indices.contains { self[$0].asciiLowercased == first && has(text, at: $0) }
    }

    /// The index of the first byte from an index on that is none of those, or that is so far away.
    func skip(from index: Int, upTo length: Int = .max, while isSkipped: (UInt8) -> Bool) -> Int {
        let end = length < count - index ? index + length : count
        var index = index
        while index < end, isSkipped(self[index]) { index += 1 }
        return index
    }

    /// The index of the end of the line that an index lies in, or of the piece of it that is so long.
    func lineEnd(from index: Int, upTo length: Int = .max) -> Int { skip(from: index, upTo: length) { $0 != .lineFeed } }

    func text(_ range: Range<Int>) -> String { String(decoding: self[range], as: UTF8.self) }
}

/// The common part of the encodings of RFC 4648 sections 4 and 5: three bytes as four characters of six bits each.
struct Base64Alphabet: Sendable {
    /// The characters of the values 0 to 63.
    private let characters: [64 of UInt8]
    /// The values of all bytes; `notACharacter` for bytes that are no character of the alphabet.
    private let values: [256 of UInt8]
    /// Whether the text is padded with `=` to a multiple of four characters.
    private let isPadded: Bool

    private static let padding = UInt8(ascii: "=")
    private static let notACharacter: UInt8 = 0xFF

    /// Makes the alphabet of the letters and digits, followed by the two characters of `last`.
    init(_ last: String, isPadded: Bool) {
        let all = Array(("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789" + last).utf8)
        precondition(all.count == 64)
        characters = [64 of UInt8] { all[$0] }
        var values = [256 of UInt8](repeating: Self.notACharacter)
        for (value, character) in all.enumerated() { values[Int(character)] = UInt8(value) }
        self.values = values
        self.isPadded = isPadded
    }

    func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        append(bytes.span, to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    func append(_ bytes: Span<UInt8>, to text: inout [UInt8]) {
        text.reserveCapacity(text.count + (bytes.count + 2) / 3 * 4)
        var offset = 0
        while bytes.count - offset >= 3 {
            let group = Int(bytes[offset]) << 16 | Int(bytes[offset + 1]) << 8 | Int(bytes[offset + 2])
            text.append(characters[group >> 18])
            text.append(characters[group >> 12 & 63])
            text.append(characters[group >> 6 & 63])
            text.append(characters[group & 63])
            offset += 3
        }
        let rest = bytes.count - offset
        guard rest > 0 else { return }
        let group = Int(bytes[offset]) << 16 | (rest == 2 ? Int(bytes[offset + 1]) << 8 : 0)
        text.append(characters[group >> 18])
        text.append(characters[group >> 12 & 63])
        if rest == 2 { text.append(characters[group >> 6 & 63]) }
        if isPadded { for _ in rest..<3 { text.append(Self.padding) } }
    }

    /// Returns the bytes of a text; `nil` for any text that `encode` does not write.
    func decode(_ text: Span<UInt8>) -> [UInt8]? {
        var end = text.count
        if isPadded {
            guard end % 4 == 0 else { return nil }
            while end > max(0, text.count - 2), text[end - 1] == Self.padding { end -= 1 }
        }
        guard end % 4 != 1 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(end * 3 / 4)
        var group: UInt32 = 0
        for index in 0..<end {
            let value = values[Int(text[index])]
            guard value != Self.notACharacter else { return nil }
            group = group << 6 | UInt32(value)
            guard index % 4 == 3 else { continue }
            bytes.append(UInt8(truncatingIfNeeded: group >> 16))
            bytes.append(UInt8(truncatingIfNeeded: group >> 8))
            bytes.append(UInt8(truncatingIfNeeded: group))
            group = 0
        }
        // The bits that belong to no byte must be zero.
        switch end % 4 {
        case 2:
            guard group & 0xF == 0 else { return nil }
            bytes.append(UInt8(truncatingIfNeeded: group >> 4))
        case 3:
            guard group & 0x3 == 0 else { return nil }
            bytes.append(UInt8(truncatingIfNeeded: group >> 10))
            bytes.append(UInt8(truncatingIfNeeded: group >> 2))
        default: break
        }
        return bytes
    }
}

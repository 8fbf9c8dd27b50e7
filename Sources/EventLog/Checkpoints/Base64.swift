/// Standard base64 (RFC 4648 section 4) with padding. Reading takes just what writing gives: no blanks, no stray bits, so
/// that two texts never stand for the same bytes.
public enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let padding = UInt8(ascii: "=")

    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 0xFF, count: 256)
        for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt8(value) }
        return values
    }()

    public static func encode(_ bytes: some Collection<UInt8>) -> String {
        var text: [UInt8] = []
        append(bytes, to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    public static func append(_ bytes: some Collection<UInt8>, to text: inout [UInt8]) {
        text.reserveCapacity(text.count + (bytes.count + 2) / 3 * 4)
        var group: UInt32 = 0
        var held = 0
        for byte in bytes {
            group = group << 8 | UInt32(byte)
            held += 1
            guard held == 3 else { continue }
            for shift: UInt32 in [18, 12, 6, 0] { text.append(alphabet[Int(group >> shift & 63)]) }
            group = 0
            held = 0
        }
        guard held > 0 else { return }
        group <<= UInt32(8 * (3 - held))
        for place in 0..<4 { text.append(place <= held ? alphabet[Int(group >> UInt32(18 - 6 * place) & 63)] : padding) }
    }

    /// `nil` for anything but what `encode` gives.
    public static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        guard text.count % 4 == 0 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3)
        var group: UInt32 = 0
        var (held, padded) = (0, 0)
        for character in text {
            if character == padding {
                padded += 1
                guard padded <= 2, held + padded <= 4, held >= 2 else { return nil }
                continue
            }
            let value = values[Int(character)]
            guard value != 0xFF, padded == 0 else { return nil }
            if held == 4 { held = 0 }
            group = group << 6 | UInt32(value)
            held += 1
            guard held == 4 else { continue }
            bytes.append(UInt8(truncatingIfNeeded: group >> 16))
            bytes.append(UInt8(truncatingIfNeeded: group >> 8))
            bytes.append(UInt8(truncatingIfNeeded: group))
            group = 0
        }
        guard padded > 0 else { return bytes }
        guard held + padded == 4 else { return nil }
        group <<= UInt32(6 * padded)
        // The bits that stand for no byte.
        guard group & (padded == 1 ? 0xFF : 0xFFFF) == 0 else { return nil }
        bytes.append(UInt8(truncatingIfNeeded: group >> 16))
        if padded == 1 { bytes.append(UInt8(truncatingIfNeeded: group >> 8)) }
        return bytes
    }

    public static func decode(_ text: some StringProtocol) -> [UInt8]? { decode(Array(text.utf8)) }
}

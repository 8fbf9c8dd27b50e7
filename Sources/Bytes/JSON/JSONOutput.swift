/// A buffer that JSON is written to.
final class JSONOutput {
    private(set) var bytes: [UInt8] = []

    private let characters: JSON.Characters

    init(_ characters: JSON.Characters) {
        self.characters = characters
        bytes.reserveCapacity(512)
    }

    func append(_ byte: UInt8) { bytes.append(byte) }

    func append(_ text: StaticString) { text.withUTF8Buffer { unsafe bytes.append(contentsOf: $0) } }

    func append(digits number: some BinaryInteger) { bytes.append(contentsOf: String(number).utf8) }

    func append(string: String) {
        bytes.append(UInt8(ascii: "\""))
        switch characters {
        case .unicode: appendUnicode(string)
        case .ascii: appendASCII(string)
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private func appendUnicode(_ string: String) {
        for byte in string.utf8 {
            switch byte {
            case UInt8(ascii: "\""): append("\\\"")
            case UInt8(ascii: "\\"): append("\\\\")
            case 0x0A: append("\\n")
            case 0x0D: append("\\r")
            case 0x09: append("\\t")
            case 0..<0x20:
                append("\\u00")
                append(UInt8(hexDigitOf: byte >> 4))
                append(UInt8(hexDigitOf: byte & 15))
            default: bytes.append(byte)
            }
        }
    }

    /// Appends a string as bundles have it, whose format is fixed: of the control characters, the line feed alone has a short escape.
    private func appendASCII(_ string: String) {
        for unit in string.utf16 {
            switch unit {
            case 0x22: append("\\\"")
            case 0x5C: append("\\\\")
            case 0x0A: append("\\n")
            case 0x20...0x7E: bytes.append(UInt8(unit))
            default:
                append("\\u")
                bytes.append(contentsOf: unit.hex.utf8)
            }
        }
    }
}

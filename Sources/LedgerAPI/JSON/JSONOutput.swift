internal import Bytes

/// A buffer that JSON is written to.
package final class JSONOutput {
    private(set) var bytes: [UInt8] = []

    package init() { bytes.reserveCapacity(512) }

    package func append(_ byte: UInt8) { bytes.append(byte) }

    package func append(_ text: StaticString) { text.withUTF8Buffer { unsafe bytes.append(contentsOf: $0) } }

    package func append(digits number: some BinaryInteger) { bytes.append(contentsOf: String(number).utf8) }

    package func append(string: String) {
        bytes.append(UInt8(ascii: "\""))
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
        bytes.append(UInt8(ascii: "\""))
    }
}

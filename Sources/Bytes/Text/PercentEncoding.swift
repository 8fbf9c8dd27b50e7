/// Percent-encoding, as addresses and forms have it (RFC 3986, section 2.1).
package enum PercentEncoding {
    /// Decodes a text. Every character is kept, also a byte order mark at the beginning, which Foundation's decoder leaves out: a
    /// name has to be the same whichever way it comes in.
    ///
    /// - Parameter text: The encoded text.
    /// - Returns: The decoded text; `nil` where two hexadecimal digits do not follow a percent sign, and where the result is not UTF-8.
    package static func decoded(_ text: some StringProtocol) -> String? {
        let encoded = Array(text.utf8)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(encoded.count)
        var index = 0
        while index < encoded.count {
            guard encoded[index] == UInt8(ascii: "%") else {
                bytes.append(encoded[index])
                index += 1
                continue
            }
            guard index + 2 < encoded.count, let high = encoded[index + 1].hexDigitValue, let low = encoded[index + 2].hexDigitValue else {
                return nil
            }
            bytes.append(high << 4 | low)
            index += 3
        }
        return String(validating: bytes, as: UTF8.self)
    }
}

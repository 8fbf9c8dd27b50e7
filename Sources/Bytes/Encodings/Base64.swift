/// Standard base64 (RFC 4648 section 4) with padding. The decoder accepts only the encoder's output, without blanks or stray bits, so
/// that no two texts stand for the same bytes.
package enum Base64 {
    private static let alphabet = Base64Alphabet("+/", isPadded: true)

    package static func encode(_ bytes: [UInt8]) -> String { alphabet.encode(bytes) }

    package static func append(_ bytes: [UInt8], to text: inout [UInt8]) { alphabet.append(bytes.span, to: &text) }

    /// Returns the bytes of a base64 text; `nil` for any text that `encode` does not write.
    package static func decode(_ text: ArraySlice<UInt8>) -> [UInt8]? { alphabet.decode(text.span) }

    /// Returns the bytes of a base64 text of any type; `nil` for any text that `encode` does not write.
    package static func decode(_ text: some StringProtocol) -> [UInt8]? { alphabet.decode(Array(text.utf8).span) }
}

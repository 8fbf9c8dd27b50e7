/// The encoding base64url (RFC 4648 section 5) without padding, for texts in URLs. The decoder accepts only the encoder's output.
package enum Base64URL {
    private static let alphabet = Base64Alphabet("-_", isPadded: false)

    package static func encode(_ bytes: [UInt8]) -> String { alphabet.encode(bytes) }

    /// Returns the bytes of a base64 text; `nil` for any text that `encode` does not write.
    package static func decode(_ text: some StringProtocol) -> [UInt8]? { alphabet.decode(Array(text.utf8).span) }
}

internal import Bytes

/// The parts of lines of headers.
enum HeaderLine {
    private static let schemes: Set<String> = [
        "bearer", "bearer:", "basic", "token", "apikey", "api-key", "key", "jwt", "oauth", "digest", "hmac", "negotiate",
    ]

    /// Whether a word is a scheme of `Authorization`, right or wrong.
    static func isScheme(_ word: String) -> Bool { schemes.contains(word.lowercased()) }

    /// Whether text begins, behind line breaks, with a name and a colon.
    static func isHeader(_ text: some StringProtocol) -> Bool {
        let line = text.utf8.drop { $0.isWhite || $0 == UInt8(ascii: "\r") }
        let name = line.prefix { $0.isOfName }
        return !name.isEmpty && line.dropFirst(name.count).first == UInt8(ascii: ":")
    }
}

internal import Bytes
internal import Crypto

/// The tokens in forms which prove that a form was filled in on a page of the dashboard, in the browser that the page was sent
/// to: an HMAC over the value of that browser's cookie.
struct FormTokens: Sendable {
    private let random: @Sendable () -> UInt64
    private let key: SymmetricKey

    init(random: @escaping @Sendable () -> UInt64) {
        self.random = random
        key = SymmetricKey(data: Self.bytes(random))
    }

    func token(for cookie: String) -> String { Base64URL.encode(Array(code(cookie))) }

    func isToken(_ token: String, for cookie: String) -> Bool {
        guard let bytes = Base64URL.decode(token) else { return false }
        return HMAC<SHA256>.isValidAuthenticationCode(bytes, authenticating: Array(cookie.utf8), using: key)
    }

    private func code(_ cookie: String) -> HMAC<SHA256>.MAC { HMAC<SHA256>.authenticationCode(for: Array(cookie.utf8), using: key) }

    /// Makes 32 random bytes, as text for cookies and addresses.
    func make() -> String { Base64URL.encode(Self.bytes(random)) }

    /// Whether a text has the form of what `make` returns.
    static func isMade(_ text: String) -> Bool { Base64URL.decode(text)?.count == 32 }

    private static func bytes(_ random: () -> UInt64) -> [UInt8] { (0..<4).flatMap { _ in random().bigEndianBytes } }
}

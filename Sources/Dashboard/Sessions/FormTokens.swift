internal import Crypto
internal import Foundation

/// The tokens in forms that show that a page of ours was filled in, in the browser it was given to: an HMAC over what that
/// browser's cookie holds.
struct FormTokens: Sendable {
    private let random: @Sendable () -> UInt64
    private let key: SymmetricKey

    init(random: @escaping @Sendable () -> UInt64) {
        self.random = random
        key = SymmetricKey(data: Self.bytes(random))
    }

    func token(for cookie: String) -> String { Self.base64url(Data(code(cookie))) }

    func isToken(_ token: String, for cookie: String) -> Bool {
        guard let bytes = Self.bytes(token) else { return false }
        return HMAC<SHA256>.isValidAuthenticationCode(bytes, authenticating: Array(cookie.utf8), using: key)
    }

    private func code(_ cookie: String) -> HMAC<SHA256>.MAC { HMAC<SHA256>.authenticationCode(for: Array(cookie.utf8), using: key) }

    /// 32 random bytes, as text for cookies and addresses.
    func make() -> String { Self.base64url(Self.bytes(random)) }

    /// Whether text has the form of what `make` gives.
    static func isMade(_ text: String) -> Bool { text.utf8.count == 43 && bytes(text)?.count == 32 }

    private static func bytes(_ random: () -> UInt64) -> Data {
        Data((0..<4).flatMap { _ in unsafe withUnsafeBytes(of: random()) { unsafe Array($0) } })
    }

    private static func base64url(_ bytes: Data) -> String {
        String(bytes.base64EncodedString().filter { $0 != "=" }.map { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 })
    }

    private static func bytes(_ text: String) -> Data? {
        let padding = String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
        return Data(base64Encoded: String(text.map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 }) + padding)
    }
}

internal import Crypto
internal import KeyEvents
internal import Synchronization

/// A link that signs its reader in once, within a short time. It is printed to the terminal when the service is first started.
final class SignInLink: Sendable {
    /// The life of the link.
    static let lifetime = Duration.seconds(15 * 60)

    private let pending = Mutex<(digest: SHA256Digest, expiresAt: Timestamp)?>(nil)

    /// Makes the link with this random token valid, and the one before invalid.
    func offer(_ token: String, at now: Timestamp) {
        pending.withLock { $0 = (SHA256.hash(data: Array(token.utf8)), now + Self.lifetime) }
    }

    func take(_ token: String, at now: Timestamp) -> Bool {
        pending.withLock { pending in
            guard let (digest, expiresAt) = pending, digest == SHA256.hash(data: Array(token.utf8)) else { return false }
            pending = nil
            return now < expiresAt
        }
    }
}

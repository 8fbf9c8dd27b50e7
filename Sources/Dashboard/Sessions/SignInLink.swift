internal import Crypto
internal import KeyEvents
internal import Synchronization

/// A link that signs its reader in, once and soon: printed to the terminal of whoever starts the service on a fresh machine.
final class SignInLink: Sendable {
    /// In seconds.
    static let life: Int64 = 15 * 60

    private let pending = Mutex<(digest: SHA256Digest, expiresAt: Timestamp)?>(nil)

    /// The link with this random token counts from now on; the one before no longer.
    func offer(_ token: String, at now: Timestamp) {
        pending.withLock { $0 = (SHA256.hash(data: Array(token.utf8)), now.adding(seconds: Self.life)) }
    }

    func take(_ token: String, at now: Timestamp) -> Bool {
        pending.withLock { pending in
            guard let (digest, expiresAt) = pending, digest == SHA256.hash(data: Array(token.utf8)) else { return false }
            pending = nil
            return now < expiresAt
        }
    }
}

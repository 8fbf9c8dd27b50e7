/// How a guard treats calls while the ledger is unavailable. A key that the ledger does refuse is always refused.
public enum OutagePolicy: Sendable {
    /// The call is refused with the status 503.
    case refuse
    /// Every call that presents a key is let through as `KeyCaller.unverified`. It is not counted, and nothing about the key
    /// was checked.
    case allow
    /// The closure decides about each call: it returns the caller to let through, or `nil` to refuse with the status 503.
    case decide(@Sendable (VerificationRequest, VerificationError) async -> KeyCaller?)
}

/// What becomes of a call while the ledger is away. A key that the ledger does refuse is always refused.
public enum OutagePolicy: Sendable {
    /// 503.
    case refuse
    /// Whoever presents anything is let in, as `KeyCaller.unverified`, and not counted.
    case allow
    /// The operator decides for each call: somebody to let in, or `nil` for 503.
    case decide(@Sendable (Verification, VerificationError) async -> KeyCaller?)
}

/// Who calls a guarded route.
public enum KeyCaller: Equatable, Sendable {
    /// The ledger vouched for this key, and counted the call.
    case verified(KeyIdentity)
    /// The ledger is away, and the operator chose to answer nevertheless: a key was presented, and nothing is known of it. The call is
    /// not counted.
    case unverified
}

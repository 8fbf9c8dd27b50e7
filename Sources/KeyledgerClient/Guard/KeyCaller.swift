/// The caller of a guarded route.
public enum KeyCaller: Equatable, Sendable {
    /// The ledger has verified this key and counted the call.
    case verified(KeyIdentity)
    /// The ledger is unavailable, and the operator chose to answer nevertheless: a key was presented, and nothing is known
    /// about it. The call is not counted.
    case unverified
}

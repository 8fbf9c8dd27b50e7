public import Ledger
public import Validation

/// A verdict as it would have been given at a point of the past, and what it rests on. It is not recorded.
public struct PastVerdict: Sendable {
    /// The verdict.
    public let verdict: Verdict
    /// The point of the past.
    public let asOf: AsOf
    /// The key as it was then; `nil` where the caller may not learn of it.
    public let key: DecryptedKey?
    /// The key's events that decided, in the order of the log; empty where the caller may not learn of the key.
    public let evidence: [CausingEvent]
}

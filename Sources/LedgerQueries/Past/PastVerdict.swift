public import Ledger
public import Validation

/// A verdict as it would have been given at a moment, and what it rests on. Nothing is recorded of it.
public struct PastVerdict: Sendable {
    public let verdict: Verdict
    public let moment: Moment
    /// The key as it was then, where the asker may know of it.
    public let key: KeyView?
    /// The key's events that decided, in the order of the log; none of a key that the asker may not know of.
    public let grounds: [Ground]
}

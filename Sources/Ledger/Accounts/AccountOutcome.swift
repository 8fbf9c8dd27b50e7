public import KeyEvents
public import Projections

/// The result of a change of an account's rules.
public struct AccountOutcome: Sendable {
    /// The account.
    public let account: AccountID
    /// The account's standing after the change, or as it was when the same command was carried out first.
    public let standing: AccountStanding
    /// Whether the same command id came before; then this is the first outcome.
    public let isRepeat: Bool
}

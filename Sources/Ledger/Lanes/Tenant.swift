public import KeyEvents

/// The account on whose behalf work is done: one account does not wait for the work of another.
public enum Tenant: Hashable, Sendable {
    /// The account of an authenticated caller.
    case account(AccountID)
    /// All callers without a key, who together have one share.
    case stranger

    var isOperator: Bool { if case .account(let account) = self { account.isOperator } else { false } }
}

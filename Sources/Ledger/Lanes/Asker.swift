public import KeyEvents

/// On whose account work is done: what one account asks for, another does not wait for.
public enum Asker: Hashable, Sendable {
    case account(AccountID)
    /// Whoever shows no key: all of them together have one share.
    case stranger

    var isOperator: Bool { if case .account(let account) = self { account.isOperator } else { false } }
}

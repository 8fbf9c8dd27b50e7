internal import KeyEvents

/// What is to be changed about an account's rules. What is `nil` stays as it is.
public struct AccountRulesChange: Equatable, Sendable {
    /// What a rule is to be: a value of its own, or what holds where none is given.
    public enum Setting<Value: Equatable & Sendable>: Equatable, Sendable {
        case usual
        case own(Value)

        var value: Value? { if case .own(let value) = self { value } else { nil } }
    }

    public var keyLimit: Setting<UInt64>?
    /// Usual is that there is no bound.
    public var grantable: Setting<[String]>?

    public init(keyLimit: Setting<UInt64>? = nil, grantable: Setting<[String]>? = nil) {
        self.keyLimit = keyLimit
        self.grantable = grantable
    }

    func applied(to rules: AccountRules) -> AccountRules {
        var rules = rules
        if let keyLimit { rules.keyLimit = keyLimit.value }
        if let grantable { rules.grantable = grantable.value }
        return rules
    }
}

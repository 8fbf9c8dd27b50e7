internal import KeyEvents

/// A change of an account's rules. What is `nil` stays as it is.
public struct AccountRulesChange: Equatable, Sendable {
    /// The new value of a rule.
    public enum Setting<Value: Equatable & Sendable>: Equatable, Sendable {
        /// The default of the service.
        case standard
        /// A value of the account's own.
        case own(Value)

        var value: Value? { if case .own(let value) = self { value } else { nil } }
    }

    /// The maximum number of keys that have not ended.
    public var keyLimit: Setting<UInt64>?
    /// The scopes that keys of the account may grant; by default there is no bound.
    public var grantable: Setting<[String]>?

    /// Makes a change.
    ///
    /// - Parameters:
    ///   - keyLimit: the maximum number of keys that have not ended; `nil` where it stays as it is.
    ///   - grantable: the scopes that keys of the account may grant; `nil` where they stay as they are.
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

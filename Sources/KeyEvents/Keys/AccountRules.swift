/// What an operator allows an account.
public struct AccountRules: Equatable, Sendable {
    /// How many keys that have not ended an account may have where nothing else is said.
    public static let usualKeyLimit: UInt64 = 100_000

    /// How many keys that have not ended the account may have; `nil`: `usualKeyLimit`.
    public var keyLimit: UInt64?
    /// The scopes beyond which keys of the account give none, to itself or to others; `nil`: there is no such bound.
    public var grantable: [String]?

    public init(keyLimit: UInt64? = nil, grantable: [String]? = nil) {
        self.keyLimit = keyLimit
        self.grantable = grantable
    }

    /// Whether a key of the account may give the scope.
    public func mayGrant(_ scope: String) -> Bool { grantable.map { Scope.permits($0, scope) } ?? true }
}

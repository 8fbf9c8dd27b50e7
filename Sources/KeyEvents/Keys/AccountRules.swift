/// The rules that an operator sets for an account.
public struct AccountRules: Equatable, Sendable {
    /// The default limit on how many keys that have not ended an account may have.
    public static let defaultKeyLimit: UInt64 = 100_000

    /// The limit on how many keys that have not ended the account may have; `nil` means `defaultKeyLimit`.
    public var keyLimit: UInt64?
    /// The scopes that keys of the account may grant, to itself or to others; `nil` means that there is no such bound.
    public var grantable: [String]?

    /// Creates the rules.
    ///
    /// - Parameters:
    ///   - keyLimit: The limit on keys that have not ended; `nil` for the default.
    ///   - grantable: The scopes that keys of the account may grant; `nil` for no bound.
    public init(keyLimit: UInt64? = nil, grantable: [String]? = nil) {
        self.keyLimit = keyLimit
        self.grantable = grantable
    }

    /// Returns whether a key of the account may grant a scope.
    ///
    /// - Parameter scope: The scope to grant.
    /// - Returns: `true` where there is no bound, or the bound permits the scope.
    public func mayGrant(_ scope: String) -> Bool { grantable.map { Scope.permits($0, scope) } ?? true }
}

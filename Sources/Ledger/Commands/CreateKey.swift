public import KeyEvents

/// What someone who wants a key asks for.
public struct CreateKey: Equatable, Sendable {
    public var name: String
    /// `nil`: the caller's own.
    public var account: AccountID?
    public var environment: String
    public var scopes: [String]
    public var permissions: [Permission]
    public var metadata: [String: String]
    /// CIDR; empty: the key may be used from anywhere.
    public var ipAllowlist: [String]
    public var expiresAt: Timestamp?
    /// Seconds from the creation on, where no instant is said: the same command, sent again later, says the same.
    public var expiresIn: Int64?

    public init(
        name: String, account: AccountID? = nil, environment: String = KeyEnvironment.default, scopes: [String] = [],
        permissions: [Permission] = [], metadata: [String: String] = [:], ipAllowlist: [String] = [], expiresAt: Timestamp? = nil,
        expiresIn: Int64? = nil
    ) {
        self.ipAllowlist = ipAllowlist
        self.name = name
        self.account = account
        self.environment = environment
        self.scopes = scopes
        self.permissions = permissions
        self.metadata = metadata
        self.expiresAt = expiresAt
        self.expiresIn = expiresIn
    }
}

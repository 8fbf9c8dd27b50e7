public import Bytes
public import KeyEvents

/// What a calling service asks beside "is this key good?".
public struct Question: Equatable, Sendable {
    /// All of them must be permitted by the key's scopes.
    public var scopes: [String]
    /// A key of another environment is `NOT_FOUND`.
    public var environment: String?
    /// The account whose keys the asker may know of; `nil`: every account's.
    public var account: AccountID?

    /// Where the call comes from; `nil`: not told, and then a key that may be used only from some addresses is refused.
    public var address: IPAddress?

    public init(scopes: [String] = [], environment: String? = nil, account: AccountID? = nil, address: IPAddress? = nil) {
        self.address = address
        self.scopes = scopes
        self.environment = environment
        self.account = account
    }
}

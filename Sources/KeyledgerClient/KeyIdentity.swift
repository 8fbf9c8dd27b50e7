public import FoundationEssentials

/// What the ledger discloses about a key: its owner, its permissions and its metadata, but no secret.
public struct KeyIdentity: Equatable, Sendable {
    /// The identifier of the key. It stays the same when the key's secret is rotated.
    public let id: String
    /// The identifier of the account that owns the key.
    public let accountID: String
    /// The name of the key; `nil` when the account's personal fields were erased.
    public let name: String?
    /// The scopes that the key has.
    public let scopes: [String]
    /// The environment that the key belongs to, such as `live` or `test`.
    public let environment: String
    /// The time from which the key is refused as expired; `nil` when the key never expires.
    public let expiresAt: Date?
    /// The key-value pairs that the owner attached to the key.
    public let metadata: [String: String]

    /// Creates a description of a key, for instance for a `KeyVerifier` that stands in for the ledger in a test.
    ///
    /// - Parameters:
    ///   - id: The identifier of the key.
    ///   - accountID: The identifier of the account that owns the key.
    ///   - name: The name of the key; `nil` when it is unknown or was erased.
    ///   - scopes: The scopes that the key has.
    ///   - environment: The environment that the key belongs to.
    ///   - expiresAt: The time from which the key is refused as expired; `nil` when it never expires.
    ///   - metadata: The key-value pairs attached to the key.
    public init(
        id: String, accountID: String, name: String? = nil, scopes: [String] = [], environment: String = "live", expiresAt: Date? = nil,
        metadata: [String: String] = [:]
    ) {
        self.id = id
        self.accountID = accountID
        self.name = name
        self.scopes = scopes
        self.environment = environment
        self.expiresAt = expiresAt
        self.metadata = metadata
    }
}

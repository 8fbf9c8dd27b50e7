public import FoundationEssentials

/// What the ledger tells of a key.
public struct KeyIdentity: Equatable, Sendable {
    public let id: String
    public let accountID: String
    /// `nil` where the account's personal fields were erased.
    public let name: String?
    public let scopes: [String]
    public let environment: String
    /// `nil`: never.
    public let expiresAt: Date?
    public let metadata: [String: String]

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

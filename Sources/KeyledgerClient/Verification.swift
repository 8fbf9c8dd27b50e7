/// What a service asks about one key that was presented to it.
public struct Verification: Sendable {
    public var key: APIKey
    /// All of them must be permitted by the key's scopes.
    public var scopes: [String]
    /// The environment that is asked about where none is named: a key for trying things out opens nothing that is in earnest.
    public static let usualEnvironment = "live"

    /// A key of another environment is `NOT_FOUND`; `nil`: any will do.
    public var environment: String?
    /// The address of whoever presented the key; a key that may be used only from some addresses is refused without it.
    public var clientAddress: String?
    public var method: String?
    /// Without its query, which may hold secrets.
    public var path: String?
    /// The verdict alone: nothing is counted.
    public var isDryRun: Bool
    /// The answer is to reflect at least this position of the log.
    public var minPosition: UInt64?

    public init(
        key: APIKey, scopes: [String] = [], environment: String? = Verification.usualEnvironment, clientAddress: String? = nil,
        method: String? = nil, path: String? = nil, isDryRun: Bool = false, minPosition: UInt64? = nil
    ) {
        self.key = key
        self.scopes = scopes
        self.environment = environment
        self.clientAddress = clientAddress
        self.method = method
        self.path = path
        self.isDryRun = isDryRun
        self.minPosition = minPosition
    }
}

/// One verification request: a key that was presented to a service, and what the service checks it for.
public struct VerificationRequest: Sendable {
    /// The key that was presented.
    public var key: APIKey
    /// The scopes that the call needs. The key's scopes must permit all of them.
    public var scopes: [String]
    /// The environment that is required unless another is named. A key made for trials is therefore refused in production.
    public static let defaultEnvironment = "live"

    /// The environment that the key must belong to; a key of another one gets `NOT_FOUND`. `nil` accepts every environment.
    public var environment: String?
    /// The IP address of the client that presented the key. Without it, a key that is restricted to some addresses is refused.
    public var clientAddress: String?
    /// The HTTP method of the call, recorded with the use.
    public var method: String?
    /// The path of the call, recorded with the use. Leave its query out, which may hold secrets.
    public var path: String?
    /// Whether only the verdict is wanted: the use is then not counted.
    public var isDryRun: Bool
    /// The position of the log that the verdict must reflect at least. The ledger waits up to 2 seconds until it has reached
    /// it.
    public var minPosition: UInt64?

    /// Creates a verification request.
    ///
    /// - Parameters:
    ///   - key: The key that was presented.
    ///   - scopes: The scopes that the call needs.
    ///   - environment: The environment that the key must belong to; `nil` accepts every environment.
    ///   - clientAddress: The IP address of the client, without a port; `nil` when it is unknown.
    ///   - method: The HTTP method of the call.
    ///   - path: The path of the call, without its query.
    ///   - isDryRun: Whether the use is left uncounted.
    ///   - minPosition: The position of the log that the verdict must reflect at least.
    public init(
        key: APIKey, scopes: [String] = [], environment: String? = VerificationRequest.defaultEnvironment, clientAddress: String? = nil,
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

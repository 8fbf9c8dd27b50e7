public import KeyEvents

/// A request for a new key.
public struct CreateKey: Equatable, Sendable {
    /// The name of the key. Personal: the log holds it sealed.
    public var name: String
    /// The account of the key; `nil` for the caller's own.
    public var account: AccountID?
    /// The environment of the key.
    public var environment: String
    /// The scopes of the key.
    public var scopes: [String]
    /// The permissions of the key in Keyledger itself.
    public var permissions: [Permission]
    /// Entries of the host product's own. Personal: the log holds them sealed.
    public var metadata: [String: String]
    /// The networks from which the key may be used, in CIDR notation; empty for any. Personal: the log holds them sealed.
    public var ipAllowlist: [String]
    /// The expiry of the key; `nil` where `expiresIn` gives a lifetime, and for a key that never expires.
    public var expiresAt: Timestamp?
    /// The lifetime from the creation on, in whole seconds; it counts where `expiresAt` is `nil`. The same command, sent again later, says
    /// the same.
    public var expiresIn: Duration?

    /// Makes a request.
    ///
    /// - Parameters:
    ///   - name: the name of the key.
    ///   - account: the account of the key; `nil` for the caller's own.
    ///   - environment: the environment of the key.
    ///   - scopes: the scopes of the key.
    ///   - permissions: the permissions of the key in Keyledger itself.
    ///   - metadata: entries of the host product's own.
    ///   - ipAllowlist: the networks from which the key may be used, in CIDR notation; empty for any.
    ///   - expiresAt: the expiry of the key.
    ///   - expiresIn: the lifetime from the creation on, in whole seconds; it counts where `expiresAt` is `nil`.
    public init(
        name: String, account: AccountID? = nil, environment: String = KeyEnvironment.default, scopes: [String] = [],
        permissions: [Permission] = [], metadata: [String: String] = [:], ipAllowlist: [String] = [], expiresAt: Timestamp? = nil,
        expiresIn: Duration? = nil
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

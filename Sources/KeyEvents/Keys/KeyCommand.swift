/// What someone wants done to a key. Creation carries what randomness and the vault made beforehand: deciding is pure.
public enum KeyCommand: Equatable, Sendable {
    case create(NewKey)
    case change(KeyChange)
    case disable
    case enable
    case revoke(reasonCode: String, reason: String?)
    /// Records an expiry that has passed.
    case expire
}

public struct NewKey: Equatable, Sendable {
    public var name: String
    public var environment: String
    public var secret: SecretRecord
    public var scopes: [String]
    public var permissions: [Permission]
    public var metadata: [String: String]
    public var expiresAt: Timestamp?

    public init(
        name: String, environment: String, secret: SecretRecord, scopes: [String], permissions: [Permission],
        metadata: [String: String], expiresAt: Timestamp?
    ) {
        self.name = name
        self.environment = environment
        self.secret = secret
        self.scopes = scopes
        self.permissions = permissions
        self.metadata = metadata
        self.expiresAt = expiresAt
    }
}

/// The fields to replace; `nil` stays as it is.
public struct KeyChange: Equatable, Sendable {
    public var name: String?
    public var scopes: [String]?
    public var permissions: [Permission]?
    public var metadata: [String: String]?
    public var expiry: Expiry?

    public init(
        name: String? = nil, scopes: [String]? = nil, permissions: [Permission]? = nil, metadata: [String: String]? = nil,
        expiry: Expiry? = nil
    ) {
        self.name = name
        self.scopes = scopes
        self.permissions = permissions
        self.metadata = metadata
        self.expiry = expiry
    }
}

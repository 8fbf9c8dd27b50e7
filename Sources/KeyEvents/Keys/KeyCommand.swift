public import Bytes

/// What someone wants done to a key. Creation carries what randomness and the vault made beforehand: deciding is pure.
public enum KeyCommand: Equatable, Sendable {
    case create(NewKey)
    case change(KeyChange)
    case disable
    case enable
    case rotate(Rotation)
    case revoke(reasonCode: String)
    /// Records an end that has come by itself: the key's expiry, or the retirement of a secret.
    case expire
}

/// A further secret for a key, in the place of the one in use.
public struct Rotation: Equatable, Sendable {
    /// Of the new secret; its number follows from the key.
    public var digest: Digest32
    public var hint: String
    public var olderRetires: OlderRetires
    /// Whether the key's newest secret so far was ever accepted. If not, nobody has it, and it is what the new one replaces.
    public var isNewestUsed: Bool
    /// Whether the secret that lives on may live longer than an earlier rotation said.
    public var extendsGrace: Bool

    public enum OlderRetires: Equatable, Sendable {
        /// At once, every one of them: for a leak.
        case now
        /// After so many seconds.
        case after(seconds: Int64)
        /// With the first accepted use of the new one.
        case whenNewerIsUsed

        /// No time at all is at once.
        public static func after(graceSeconds: Int64) -> OlderRetires { graceSeconds == 0 ? .now : .after(seconds: graceSeconds) }
    }

    /// A day.
    public static let defaultGraceSeconds: Int64 = 86_400

    public init(digest: Digest32, hint: String, olderRetires: OlderRetires, isNewestUsed: Bool, extendsGrace: Bool = false) {
        self.extendsGrace = extendsGrace
        self.digest = digest
        self.hint = hint
        self.olderRetires = olderRetires
        self.isNewestUsed = isNewestUsed
    }
}

public struct NewKey: Equatable, Sendable {
    public var name: String
    public var environment: String
    public var secret: SecretRecord
    public var scopes: [String]
    public var permissions: [Permission]
    public var metadata: [String: String]
    /// CIDR; empty: from anywhere.
    public var ipAllowlist: [String]
    public var expiresAt: Timestamp?

    public init(
        name: String, environment: String, secret: SecretRecord, scopes: [String], permissions: [Permission],
        metadata: [String: String], ipAllowlist: [String] = [], expiresAt: Timestamp?
    ) {
        self.ipAllowlist = ipAllowlist
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
    /// CIDR; empty: from anywhere.
    public var ipAllowlist: [String]?
    public var expiry: Expiry?

    public init(
        name: String? = nil, scopes: [String]? = nil, permissions: [Permission]? = nil, metadata: [String: String]? = nil,
        ipAllowlist: [String]? = nil, expiry: Expiry? = nil
    ) {
        self.ipAllowlist = ipAllowlist
        self.name = name
        self.scopes = scopes
        self.permissions = permissions
        self.metadata = metadata
        self.expiry = expiry
    }
}

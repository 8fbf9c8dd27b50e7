public import Bytes

/// A command on a key. A command that creates a secret carries what randomness and the vault made beforehand, so that deciding is
/// pure.
public enum KeyCommand: Equatable, Sendable {
    /// Creates a key.
    case create(NewKey)
    /// Changes fields of the key.
    case change(KeyChange)
    /// Disables the key, which can be undone.
    case disable
    /// Enables a disabled key.
    case enable
    /// Adds a secret that replaces the one in use.
    case rotate(Rotation)
    /// Ends the key for good. The reason code has 1 to 32 lowercase letters or underscores.
    case revoke(reasonCode: String)
    /// Records an end that has come by itself: the expiry of the key, or the retirement of a secret.
    case expire
}

/// The command's data for a further secret of a key, which replaces the one in use.
public struct Rotation: Equatable, Sendable {
    /// The SHA-256 digest of the new secret. The number of the secret follows from the key.
    public var digest: Digest32
    /// The hint of the new secret that may be shown.
    public var hint: String
    /// When the older secrets end.
    public var olderRetires: OlderRetires
    /// Whether the newest secret so far was ever accepted. A secret that was never accepted is in nobody's hands and is the one
    /// that the new secret replaces.
    public var isNewestUsed: Bool
    /// Whether the secret that stays in force may live longer than an earlier rotation said.
    public var extendsGrace: Bool

    /// When the older secrets of the key end.
    public enum OlderRetires: Equatable, Sendable {
        /// All older secrets end at once, for instance after a leak.
        case now
        /// The older secret ends after this period.
        case after(Duration)
        /// The older secret ends with the first accepted use of the new one.
        case whenNewerIsUsed

        /// Returns the end after a grace period; a period of zero means at once.
        ///
        /// - Parameter grace: The grace period.
        /// - Returns: `.now` for a period of zero, else `.after`.
        public static func after(grace: Duration) -> OlderRetires { grace == .zero ? .now : .after(grace) }
    }

    /// The default grace period of an older secret: one day.
    public static let defaultGrace = Duration.seconds(86_400)

    /// Creates a rotation from its parts, each of which is described at its property.
    public init(digest: Digest32, hint: String, olderRetires: OlderRetires, isNewestUsed: Bool, extendsGrace: Bool = false) {
        self.extendsGrace = extendsGrace
        self.digest = digest
        self.hint = hint
        self.olderRetires = olderRetires
        self.isNewestUsed = isNewestUsed
    }
}

/// The data of a key to create.
public struct NewKey: Equatable, Sendable {
    /// The name of the key for people.
    public var name: String
    /// The environment that the key belongs to, such as `live`.
    public var environment: String
    /// The first secret of the key.
    public var secret: SecretRecord
    /// The scopes that the key holds.
    public var scopes: [String]
    /// What the key may do to Keyledger itself.
    public var permissions: [Permission]
    /// Names and values that the host product attaches to the key.
    public var metadata: [String: String]
    /// The addresses that the key may be used from, as addresses or ranges in CIDR notation. An empty list allows every address.
    public var ipAllowlist: [String]
    /// When the key expires; `nil` where it never does.
    public var expiresAt: Timestamp?

    /// Creates the data of a key from its parts, each of which is described at its property.
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

/// The fields of a key to replace. A field that is `nil` stays as it is.
public struct KeyChange: Equatable, Sendable {
    /// The new name.
    public var name: String?
    /// The new scopes, all of them.
    public var scopes: [String]?
    /// The new permissions, all of them.
    public var permissions: [Permission]?
    /// The new metadata, all of it.
    public var metadata: [String: String]?
    /// The new IP allowlist, as addresses or ranges in CIDR notation. An empty list allows every address.
    public var ipAllowlist: [String]?
    /// The new expiry.
    public var expiry: Expiry?

    /// Creates a change from its parts, each of which is described at its property.
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

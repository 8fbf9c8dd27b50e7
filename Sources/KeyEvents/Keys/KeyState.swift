/// The state of a key: the fold of its events. It is a pure value; what the key is at a time follows from the value and the time.
public struct KeyState: Equatable, Sendable {
    /// The id of the key.
    public let id: KeyID
    /// The account that the key belongs to.
    public let accountID: AccountID
    /// The environment that the key belongs to, such as `live`.
    public let environment: String
    /// The stamp of the record that created the key.
    public let createdAt: Timestamp
    /// The position of the record that created the key.
    public let createdPosition: UInt64
    /// The personal fields of the event that set the name. They are sealed here as in the log, so that folding needs no data key,
    /// and destroying the data key leaves nothing readable anywhere.
    public var sealedName: SealedFields?
    /// The personal fields of the event that set the metadata, sealed as in the log.
    public var sealedMetadata: SealedFields?
    /// The secrets of the key, the oldest first. Of those that have ended only the newest `maxRetiredSecrets` are kept: a caller that
    /// still uses one of them is told so, and the refusal is recorded.
    public var secrets: [KeySecret]
    /// The sealed personal fields of the event that set the IP allowlist; `nil` where the key may be used from every address.
    public var sealedAllowlist: SealedFields?
    /// The scopes that the key holds.
    public var scopes: [String]
    /// What the key may do to Keyledger itself.
    public var permissions: [Permission]
    /// When the key expires; `nil` where it never does.
    public var expiresAt: Timestamp?
    /// Whether the key is disabled.
    public var isDisabled = false
    /// The recorded end of the key; `nil` where none is recorded.
    public var end: End?
    /// The position of the last event that changed this state.
    public var changedPosition: UInt64

    /// The reason and the time of a key's final end.
    public enum End: Equatable, Sendable {
        /// The key was revoked; the time is the stamp of the record.
        case revoked(at: Timestamp, reasonCode: String)
        /// The expiry of the key was recorded; the time is the stamp of the record.
        case expired(at: Timestamp)

        // The property is not inlined: Swift 6.3.1 with -O fails on callers that borrow the state around it (an ownership error
        // in CopyPropagation).
        @inline(never)
        var status: Status {
            switch self {
            case .revoked: .revoked
            case .expired: .expired
            }
        }
    }

    /// The status of a key at a time. The raw values are part of documents.
    public enum Status: String, CaseIterable, Sendable {
        case active, revoked, expired, disabled
    }

    /// Creates the state of a key that was just created, from its parts.
    public init(
        id: KeyID, accountID: AccountID, environment: String, createdAt: Timestamp, createdPosition: UInt64,
        sealedName: SealedFields?, sealedMetadata: SealedFields?, secrets: [KeySecret], scopes: [String], permissions: [Permission],
        expiresAt: Timestamp?
    ) {
        self.id = id
        self.accountID = accountID
        self.environment = environment
        self.createdAt = createdAt
        self.createdPosition = createdPosition
        self.sealedName = sealedName
        self.sealedMetadata = sealedMetadata
        self.secrets = secrets
        self.scopes = scopes
        self.permissions = permissions
        self.expiresAt = expiresAt
        changedPosition = createdPosition
    }

    /// Returns the status at a time. A recorded end is final; before it, an expiry that has passed counts whether or not it is
    /// recorded.
    ///
    /// - Parameter now: The time.
    /// - Returns: The status of the key.
    public func status(at now: Timestamp) -> Status {
        if let end { return end.status }
        if let expiresAt, expiresAt <= now { return .expired }
        return isDisabled ? .disabled : .active
    }

    /// Returns the status of one of the key's secrets at a time. Once the key has ended no secret is accepted, whatever was said
    /// of the secret itself.
    ///
    /// - Parameters:
    ///   - secret: A secret of this key.
    ///   - now: The time.
    /// - Returns: The status of the secret.
    public func status(of secret: KeySecret, at now: Timestamp) -> KeySecret.Status {
        switch status(at: now) {
        case .revoked, .expired: .retired
        case .active, .disabled: secret.status(at: now)
        }
    }

    /// The maximum number of ended secrets that the state keeps.
    public static let maxRetiredSecrets = 16

    /// The hint of the newest secret.
    public var hint: String { secrets.last?.record.hint ?? "" }

    /// Returns whether an accepted use of a secret ends older ones.
    ///
    /// - Parameter secret: A secret of this key.
    /// - Returns: `true` where an older secret ends with the use.
    public func retiresOlder(_ secret: KeySecret) -> Bool {
        secret.retiredAt == nil && secrets.contains { $0.record.id < secret.record.id && $0.isWaiting }
    }

    /// Returns the secrets that end with the first accepted use of a newer one.
    ///
    /// - Parameter id: The number of the newer secret.
    /// - Returns: The secrets that end, the oldest first.
    public func retiring(withUseOf id: UInt32) -> [KeySecret] { secrets.filter { $0.record.id < id && $0.isWaiting } }

    /// The earliest time at which the key or one of its secrets ends by itself and that is not recorded yet; `nil` where nothing
    /// will.
    public var nextEnd: Timestamp? {
        guard end == nil else { return nil }
        return ([expiresAt] + secrets.map { $0.retiredAt == nil ? $0.retirement?.date : nil }).compactMap(\.self).min()
    }
}

/// A key as the fold of its events. Pure: what it is at a time follows from the value and the time.
public struct KeyState: Equatable, Sendable {
    public let id: KeyID
    public let accountID: AccountID
    public let environment: String
    public let createdAt: Timestamp
    public let createdPosition: UInt64
    /// The personal fields of the event that set the name, and of the one that set the metadata: sealed here as in the log, so
    /// that folding needs no data key, and destroying it leaves nothing readable anywhere.
    public var sealedName: SealedFields?
    public var sealedMetadata: SealedFields?
    /// The oldest first. Of those that are retired the newest `mostRetired` are remembered: whoever still uses one is told so, and
    /// the refusal is recorded.
    public var secrets: [KeySecret]
    /// The personal fields of the event that set the IP allowlist; `nil`: the key may be used from anywhere.
    public var sealedAllowlist: SealedFields?
    public var scopes: [String]
    public var permissions: [Permission]
    public var expiresAt: Timestamp?
    public var isDisabled = false
    public var end: End?
    /// The position of the last event that changed this state.
    public var changedPosition: UInt64

    /// Why and when a key ended, for good.
    public enum End: Equatable, Sendable {
        case revoked(at: Timestamp, reasonCode: String)
        case expired(at: Timestamp)

        // Not inlined: Swift 6.3.1 with -O fails on callers that borrow the state around it (an ownership error in CopyPropagation).
        @inline(never)
        var status: Status {
            switch self {
            case .revoked: .revoked
            case .expired: .expired
            }
        }
    }

    public enum Status: String, CaseIterable, Sendable {
        case active, revoked, expired, disabled
    }

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

    /// The end is final; before it, an expiry that has passed counts whether or not it was recorded.
    public func status(at now: Timestamp) -> Status {
        if let end { return end.status }
        if let expiresAt, expiresAt <= now { return .expired }
        return isDisabled ? .disabled : .active
    }

    /// What a secret of this key is worth: once the key has ended none is accepted, whatever had been said of the secret itself.
    public func status(of secret: KeySecret, at now: Timestamp) -> KeySecret.Status {
        switch status(at: now) {
        case .revoked, .expired: .retired
        case .active, .disabled: secret.status(at: now)
        }
    }

    public static let mostRetired = 16

    /// Of the newest secret.
    public var hint: String { secrets.last?.record.hint ?? "" }

    /// Whether an accepted use of `secret` ends older ones.
    public func retiresOlder(_ secret: KeySecret) -> Bool {
        secret.retiredAt == nil && secrets.contains { $0.record.id < secret.record.id && $0.isWaiting }
    }

    /// Those that the first accepted use of the secret numbered `id` ends.
    public func retiring(withUseOf id: UInt32) -> [KeySecret] { secrets.filter { $0.record.id < id && $0.isWaiting } }

    /// The next instant at which something about the key ends by itself: the key, or a secret. `nil`: nothing will.
    public var nextEnd: Timestamp? {
        guard end == nil else { return nil }
        return ([expiresAt] + secrets.map { $0.retiredAt == nil ? $0.retirement?.date : nil }).compactMap(\.self).min()
    }
}

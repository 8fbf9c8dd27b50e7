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
    public var secrets: [SecretRecord]
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
        sealedName: SealedFields?, sealedMetadata: SealedFields?, secrets: [SecretRecord], scopes: [String], permissions: [Permission],
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

    public var hint: String { secrets.last?.hint ?? "" }
}

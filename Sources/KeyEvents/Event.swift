public import Bytes

/// One thing that happened to one key, or to the log as a whole. Immutable; a record is its encoding.
public struct Event: Equatable, Sendable {
    /// `KeyID.none` in an event that concerns no key.
    public var keyID: KeyID
    public var accountID: AccountID
    /// Stamped when the record is appended; never decreases along the log.
    public var recordedAt: Timestamp
    /// When it happened, where that differs from `recordedAt`; see `RecordTime`.
    public var occurredAt: Timestamp?
    public var actor: Actor
    /// Empty when no command caused the event.
    public var commandID: String
    /// The number of the event among those that its command recorded.
    public var commandOrdinal: UInt32
    public var correlationID: String
    /// The personal fields, encrypted.
    public var sealed: SealedFields?
    /// Names of what a reader must know to understand the log from this record on; see `LogFeature`.
    public var requires: [String]
    public var body: Body
    /// What a newer version wrote that this one cannot say: an encoded `Event` message that holds only those fields, each in
    /// its place. Appended to an encoding it merges back in (protobuf joins messages that stand one after the other).
    public var unknownFields: [UInt8]

    public init(
        keyID: KeyID, accountID: AccountID, recordedAt: Timestamp = Timestamp(microseconds: 0), occurredAt: Timestamp? = nil,
        actor: Actor, commandID: String = "", commandOrdinal: UInt32 = 0, correlationID: String = "",
        sealed: SealedFields? = nil, requires: [String] = [], body: Body, unknownFields: [UInt8] = []
    ) {
        self.keyID = keyID
        self.accountID = accountID
        self.recordedAt = recordedAt
        self.occurredAt = occurredAt
        self.actor = actor
        self.commandID = commandID
        self.commandOrdinal = commandOrdinal
        self.correlationID = correlationID
        self.sealed = sealed
        self.requires = requires
        self.body = body
        self.unknownFields = unknownFields
    }

    /// When it was recorded, and by which time what it says was decided.
    public var time: RecordTime { RecordTime(recordedAt: recordedAt, occurredAt: occurredAt) }

    public enum Body: Equatable, Sendable {
        case created(Created)
        case used(Use)
        case refused(Use, RefusalCode)
        case revoked(reasonCode: String)
        case expired
        case changed(Changed)
        case disabled
        case enabled
        /// `olderRetire`: what becomes of the older secrets that live; `nil`: nothing new. `extendsGrace`: whether it was asked for that they
        /// may live longer than was said before; `false`: they do not; `nil`: written before there was this rule, when they might.
        case secretAdded(SecretRecord, olderRetire: SecretRetirement?, extendsGrace: Bool? = nil)
        case secretRetired(secretID: UInt32)
        /// Concerns no key.
        case logForked(LogFork)
        /// Concerns no key.
        case clockConfirmed(ClockConfirmation)
        /// Concerns no key.
        case logRead(LogReading)
        /// Concerns no key.
        case logKeyChanged(LogKeyChange)
        /// Concerns no key.
        case accountErased(AccountErasure)
        /// Concerns no key.
        case accountChanged(AccountChange)
        /// Written by a newer version: kept, shown by its number, and applied by nobody.
        case unknown(field: Int)

        /// The event's name in the log and in documents.
        public var type: String {
            switch self {
            case .created: "KeyCreated"
            case .used: "KeyUsed"
            case .refused: "KeyRefused"
            case .revoked: "KeyRevoked"
            case .expired: "KeyExpired"
            case .changed: "KeyChanged"
            case .disabled: "KeyDisabled"
            case .enabled: "KeyEnabled"
            case .secretAdded: "SecretAdded"
            case .secretRetired: "SecretRetired"
            case .logForked: "LogForked"
            case .clockConfirmed: "ClockConfirmed"
            case .logRead: "LogRead"
            case .logKeyChanged: "LogKeyChanged"
            case .accountErased: "AccountErased"
            case .accountChanged: "AccountChanged"
            case .unknown(let field): "Unknown\(field)"
            }
        }

        /// Whether the event may change what a key is allowed to do.
        public var isLifecycle: Bool {
            switch self {
            case .used, .refused, .logForked, .clockConfirmed, .logRead, .logKeyChanged, .unknown: false
            default: true
            }
        }
    }

    public struct Created: Equatable, Sendable {
        public var environment: String
        public var secret: SecretRecord
        public var scopes: [String]
        public var permissions: [Permission]
        public var expiresAt: Timestamp?
        /// The sealed fields hold an IP allowlist.
        public var restrictsAddresses: Bool

        public init(
            environment: String, secret: SecretRecord, scopes: [String], permissions: [Permission], expiresAt: Timestamp?,
            restrictsAddresses: Bool = false
        ) {
            self.restrictsAddresses = restrictsAddresses
            self.environment = environment
            self.secret = secret
            self.scopes = scopes
            self.permissions = permissions
            self.expiresAt = expiresAt
        }
    }

    /// The new values; `nil` did not change.
    public struct Changed: Equatable, Sendable {
        public var scopes: [String]?
        public var permissions: [Permission]?
        public var expiry: Expiry?
        /// Which of the sealed fields replace their older values.
        public var replacesName: Bool
        public var replacesMetadata: Bool
        /// True: the sealed fields hold the new IP allowlist; false: there is none any more.
        public var restrictsAddresses: Bool?

        public init(
            scopes: [String]? = nil, permissions: [Permission]? = nil, expiry: Expiry? = nil, replacesName: Bool = false,
            replacesMetadata: Bool = false, restrictsAddresses: Bool? = nil
        ) {
            self.restrictsAddresses = restrictsAddresses
            self.replacesName = replacesName
            self.replacesMetadata = replacesMetadata
            self.scopes = scopes
            self.permissions = permissions
            self.expiry = expiry
        }
    }

    /// One or several presentations of a key with one outcome.
    public struct Use: Equatable, Sendable {
        public var count: UInt64
        public var secretID: UInt32
        public var scopesAsked: [String]
        public var environmentAsked: String?
        /// The position of the last record the decision reflects.
        public var decidedAtPosition: UInt64
        /// Of the last use.
        public var decidedAt: Timestamp
        /// Of the first use; `nil` unless aggregated.
        public var firstAt: Timestamp?
        /// The key authorised a call to Keyledger itself.
        public var isInternal: Bool
        /// Of a refusal for want of a permission: the name of the one that the key lacked; `nil` where it was another account's data that was
        /// asked for, or a grant that only an operator makes.
        public var permissionAsked: String?

        public init(
            count: UInt64 = 1, secretID: UInt32, scopesAsked: [String] = [], environmentAsked: String? = nil,
            decidedAtPosition: UInt64, decidedAt: Timestamp, firstAt: Timestamp? = nil, isInternal: Bool = false,
            permissionAsked: String? = nil
        ) {
            self.permissionAsked = permissionAsked
            self.count = count
            self.secretID = secretID
            self.scopesAsked = scopesAsked
            self.environmentAsked = environmentAsked
            self.decidedAtPosition = decidedAtPosition
            self.decidedAt = decidedAt
            self.firstAt = firstAt
            self.isInternal = isInternal
        }
    }
}

/// The log goes on under a new id and origin from the record on that says so: it was restored from a copy that may lack the newest
/// records.
public struct LogFork: Equatable, Sendable {
    /// Of the log that was left.
    public var leftLogID: Bytes16
    /// The newest checkpoint of that log that was at hand, as a signed note; empty: none was.
    public var leftCheckpoint: String
    /// Of the log that goes on.
    public var logID: Bytes16
    /// Of earlier forks of the log that was left, which are given up with it.
    public var abandonedLogIDs: [Bytes16]

    public init(leftLogID: Bytes16, leftCheckpoint: String, logID: Bytes16, abandonedLogIDs: [Bytes16] = []) {
        self.leftLogID = leftLogID
        self.leftCheckpoint = leftCheckpoint
        self.logID = logID
        self.abandonedLogIDs = abandonedLogIDs
    }
}

/// Checkpoints are signed with another key, under another origin, from the record on that says so. The log goes on as it was.
public struct LogKeyChange: Equatable, Sendable {
    public var oldOrigin: String
    /// In the form of C2SP signed-note; empty: the old key was lost, and what checked its signatures is not known.
    public var oldVerifierKey: String
    public var newOrigin: String
    public var newVerifierKey: String
    /// By the old key, 64 bytes; empty: it was lost.
    public var signature: [UInt8]

    public init(oldOrigin: String, oldVerifierKey: String, newOrigin: String, newVerifierKey: String, signature: [UInt8] = []) {
        self.oldOrigin = oldOrigin
        self.oldVerifierKey = oldVerifierKey
        self.newOrigin = newOrigin
        self.newVerifierKey = newVerifierKey
        self.signature = signature
    }

    /// What the old key signs. No checkpoint: its second line is no number.
    ///
    /// `position`: of the record that tells of the change.
    public func handover(at position: UInt64) -> String {
        "keyledger log key change\n\(oldVerifierKey)\n\(newVerifierKey)\n\(position)\n"
    }
}

/// Somebody read what belongs to accounts other than their own.
public struct LogReading: Hashable, Sendable {
    /// What was read, in lowercase letters and underscores, such as `events`.
    public var what: String
    /// Whose it was; `nil`: that of several accounts.
    public var account: AccountID?

    public init(what: String, account: AccountID?) {
        self.what = what
        self.account = account
    }
}

/// The data key of the event's account was destroyed, on purpose: what was sealed under it cannot be read any more.
public struct AccountErasure: Equatable, Sendable {
    /// `nil`: what stood in its place could not be read.
    public var dataKeyID: Bytes16?
    /// Who ran the command, by number (uid); `nil`: it is not known.
    public var localUserID: UInt32?

    public init(dataKeyID: Bytes16?, localUserID: UInt32? = nil) {
        self.dataKeyID = dataKeyID
        self.localUserID = localUserID
    }
}

/// The rules of the event's account from here on, all of them.
public struct AccountChange: Equatable, Sendable {
    public var rules: AccountRules
    /// Who ran the command, by number (uid); `nil`: it is not known, or it was no local command.
    public var localUserID: UInt32?

    public init(_ rules: AccountRules, localUserID: UInt32? = nil) {
        self.rules = rules
        self.localUserID = localUserID
    }
}

/// A key's end, or that it has none.
public enum Expiry: Equatable, Sendable {
    case never
    case at(Timestamp)

    public var date: Timestamp? {
        switch self {
        case .never: nil
        case .at(let date): date
        }
    }
}

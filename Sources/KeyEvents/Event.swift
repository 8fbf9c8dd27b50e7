public import Bytes

/// One thing that happened to one key, to an account, or to the log as a whole. Events never change; a record is the encoding of
/// one.
public struct Event: Equatable, Sendable {
    /// The key that the event is about; `KeyID.none` in an event that concerns no key.
    public var keyID: KeyID
    /// The account that the event belongs to; the operator's account for events of the log.
    public var accountID: AccountID
    /// The record's stamp, which is set when the record is appended. It never decreases along the log.
    public var recordedAt: Timestamp
    /// The time at which the event happened, where that differs from `recordedAt`; see `RecordTime`.
    public var occurredAt: Timestamp?
    /// The person, key or component that caused the event.
    public var actor: Actor
    /// The idempotency key of the command that caused the event; empty when no command caused it.
    public var commandID: String
    /// The number of the event among those that its command recorded.
    public var commandOrdinal: UInt32
    /// An id that relates the event to others outside the log; empty where there is none. This version writes none.
    public var correlationID: String
    /// The personal fields, encrypted; `nil` where the event has none.
    public var sealed: SealedFields?
    /// The names of the features that a reader must know to understand the log from this record on; see `LogFeature`.
    public var requires: [String]
    /// What happened.
    public var body: Body
    /// The fields that a newer version wrote and that this type cannot hold: an encoded `Event` message with only those fields,
    /// each nested as it was. Appended to an encoding, they merge back in, since protobuf joins messages that follow each other.
    /// Empty for events of this version.
    public var unknownFields: [UInt8]

    /// Creates an event from its parts, each of which is described at its property.
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

    /// The stamp of the event and the time by which its content was decided.
    public var time: RecordTime { RecordTime(recordedAt: recordedAt, occurredAt: occurredAt) }

    /// What happened, with the fields of that kind of event. The messages of `Schemas/keyledger/v1/events.proto` say more of
    /// each.
    public enum Body: Equatable, Sendable {
        /// A key was created.
        case created(Created)
        /// A key was presented and accepted.
        case used(Use)
        /// A known key was presented and refused.
        case refused(Use, RefusalCode)
        /// A key was revoked. The reason code has 1 to 32 lowercase letters or underscores.
        case revoked(reasonCode: String)
        /// The expiry of a key has passed and is recorded.
        case expired
        /// Fields of a key were changed.
        case changed(Changed)
        /// A key was disabled and can be enabled again.
        case disabled
        /// A disabled key was enabled.
        case enabled
        /// A key has a further secret.
        ///
        /// - Parameters:
        ///   - olderRetire: How the older secrets that are in force come to their end; `nil` leaves what was said of them before.
        ///   - extendsGrace: Whether the command allowed the older secrets to live longer than was said before. `false` means
        ///     that they do not; `nil` means that the record is older than this rule, so that they might.
        case secretAdded(SecretRecord, olderRetire: SecretRetirement?, extendsGrace: Bool? = nil)
        /// A secret of a key has ended.
        case secretRetired(secretID: UInt32)
        /// The log continues another log. The event concerns no key.
        case logForked(LogFork)
        /// An operator confirmed the clock. The event concerns no key.
        case clockConfirmed(ClockConfirmation)
        /// Somebody read data of other accounts. The event concerns no key.
        case logRead(LogReading)
        /// Checkpoints are signed with another key. The event concerns no key.
        case logKeyChanged(LogKeyChange)
        /// A data key of the account was destroyed. The event concerns no key.
        case accountErased(AccountErasure)
        /// The rules of the account were changed. The event concerns no key.
        case accountChanged(AccountChange)
        /// An event of a newer version. It is kept, shown by the number of its body's field, and never applied.
        case unknown(field: Int)

        /// The event's name in the log and in documents.
        public var type: String {
            if case .unknown(let field) = self { return "Unknown\(field)" }
            return kind?.rawValue ?? ""
        }

        /// The kind of the event; `nil` for one of a newer version.
        public var kind: EventType? {
            switch self {
            case .created: .keyCreated
            case .used: .keyUsed
            case .refused: .keyRefused
            case .revoked: .keyRevoked
            case .expired: .keyExpired
            case .changed: .keyChanged
            case .disabled: .keyDisabled
            case .enabled: .keyEnabled
            case .secretAdded: .secretAdded
            case .secretRetired: .secretRetired
            case .logForked: .logForked
            case .clockConfirmed: .clockConfirmed
            case .logRead: .logRead
            case .logKeyChanged: .logKeyChanged
            case .accountErased: .accountErased
            case .accountChanged: .accountChanged
            case .unknown: nil
            }
        }

        /// Whether the event may change what a key is allowed to do. That holds for the events of keys other than uses and
        /// refusals, and for those of accounts.
        public var isLifecycle: Bool {
            switch self {
            case .used, .refused, .logForked, .clockConfirmed, .logRead, .logKeyChanged, .unknown: false
            default: true
            }
        }
    }

    /// The fields of the event that creates a key.
    public struct Created: Equatable, Sendable {
        /// The environment that the key belongs to, such as `live`.
        public var environment: String
        /// The first secret of the key.
        public var secret: SecretRecord
        /// The scopes that the key holds.
        public var scopes: [String]
        /// What the key may do to Keyledger itself.
        public var permissions: [Permission]
        /// When the key expires; `nil` where it never does.
        public var expiresAt: Timestamp?
        /// Whether the sealed fields hold an IP allowlist.
        public var restrictsAddresses: Bool

        /// Creates the fields, each of which is described at its property.
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

    /// The new values of a key's fields. A field that is `nil` did not change.
    public struct Changed: Equatable, Sendable {
        /// The new scopes, all of them.
        public var scopes: [String]?
        /// The new permissions, all of them.
        public var permissions: [Permission]?
        /// The new expiry.
        public var expiry: Expiry?
        /// Whether the sealed fields hold a new name.
        public var replacesName: Bool
        /// Whether the sealed fields hold new metadata.
        public var replacesMetadata: Bool
        /// `true` where the sealed fields hold a new IP allowlist, `false` where the key has no allowlist any more.
        public var restrictsAddresses: Bool?

        /// Creates the fields, each of which is described at its property.
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

    /// One presentation of a key, or several that had the same outcome and were counted together.
    public struct Use: Equatable, Sendable {
        /// How many presentations the record counts.
        public var count: UInt64
        /// The number of the presented secret among those of the key.
        public var secretID: UInt32
        /// The scopes that the last call needed.
        public var scopesAsked: [String]
        /// The environment that the last call asked for; `nil` where it asked for none.
        public var environmentAsked: String?
        /// The position of the last record that the decision on the last use reflects.
        public var decidedAtPosition: UInt64
        /// When the last use was decided.
        public var decidedAt: Timestamp
        /// When the first use was decided; `nil` unless the record counts several.
        public var firstAt: Timestamp?
        /// Whether the key authorised a call to Keyledger itself.
        public var isInternal: Bool
        /// The name of the permission that the key lacked, in a refusal for a missing permission. `nil` where the call asked for
        /// another account's data, or for a grant that only an operator makes.
        public var permissionAsked: String?

        /// Creates the fields, each of which is described at its property.
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

/// The fork of a log: from the record that holds this on, the log continues under a new id and origin, because it was restored
/// from a copy that may lack the newest records.
public struct LogFork: Equatable, Sendable {
    /// The id of the log that was left.
    public var leftLogID: Bytes16
    /// The newest checkpoint of that log that was available, as a signed note (C2SP signed-note); empty where none was.
    public var leftCheckpoint: String
    /// The id of the log that continues.
    public var logID: Bytes16
    /// The ids of earlier forks of the log that was left, which are abandoned with this one.
    public var abandonedLogIDs: [Bytes16]

    /// Creates a fork from its parts, each of which is described at its property.
    public init(leftLogID: Bytes16, leftCheckpoint: String, logID: Bytes16, abandonedLogIDs: [Bytes16] = []) {
        self.leftLogID = leftLogID
        self.leftCheckpoint = leftCheckpoint
        self.logID = logID
        self.abandonedLogIDs = abandonedLogIDs
    }
}

/// A change of the signing key: from the record that holds this on, checkpoints are signed with another key, under another
/// origin. The log itself continues unchanged.
public struct LogKeyChange: Equatable, Sendable {
    /// The origin of the checkpoints before.
    public var oldOrigin: String
    /// The old verifier key in the form of C2SP signed-note; empty where the old key was lost and its verifier key is not known.
    public var oldVerifierKey: String
    /// The origin of the checkpoints from here on.
    public var newOrigin: String
    /// The new verifier key in the form of C2SP signed-note.
    public var newVerifierKey: String
    /// The old key's Ed25519 signature of `handover(at:)`, 64 bytes; empty where the old key was lost.
    public var signature: [UInt8]

    /// Creates a change of key from its parts, each of which is described at its property.
    public init(oldOrigin: String, oldVerifierKey: String, newOrigin: String, newVerifierKey: String, signature: [UInt8] = []) {
        self.oldOrigin = oldOrigin
        self.oldVerifierKey = oldVerifierKey
        self.newOrigin = newOrigin
        self.newVerifierKey = newVerifierKey
        self.signature = signature
    }

    /// Returns the text that the old key signs. It can never be taken for a checkpoint, since its second line is not a number.
    ///
    /// - Parameter position: The position of the record that holds this change.
    /// - Returns: Four lines, each ended by LF: `keyledger log key change`, the old verifier key, the new verifier key, and the
    ///   position in decimal digits.
    public func handover(at position: UInt64) -> String {
        "keyledger log key change\n\(oldVerifierKey)\n\(newVerifierKey)\n\(position)\n"
    }
}

/// The fact that somebody read data of accounts other than their own.
public struct LogReading: Hashable, Sendable {
    /// What was read, in lowercase letters and underscores, such as `events`.
    public var what: String
    /// The account whose data was read; `nil` where it was the data of several accounts.
    public var account: AccountID?

    /// Creates a reading from its parts, each of which is described at its property.
    public init(what: String, account: AccountID?) {
        self.what = what
        self.account = account
    }
}

/// The erasure of an account: the data key of the event's account was destroyed on purpose, and what was sealed under it can
/// never be read again.
public struct AccountErasure: Equatable, Sendable {
    /// The id of the data key; `nil` where its file could not be read.
    public var dataKeyID: Bytes16?
    /// The local user who ran the command, by number (uid); `nil` where it is not known.
    public var localUserID: UInt32?

    /// Creates an erasure from its parts, each of which is described at its property.
    public init(dataKeyID: Bytes16?, localUserID: UInt32? = nil) {
        self.dataKeyID = dataKeyID
        self.localUserID = localUserID
    }
}

/// The rules of the event's account from this event on, all of them.
public struct AccountChange: Equatable, Sendable {
    /// The new rules, which replace the earlier ones as a whole.
    public var rules: AccountRules
    /// The local user who ran the command, by number (uid); `nil` where it is not known or the command was not local.
    public var localUserID: UInt32?

    /// Creates a change of rules from its parts, each of which is described at its property.
    public init(_ rules: AccountRules, localUserID: UInt32? = nil) {
        self.rules = rules
        self.localUserID = localUserID
    }
}

/// The expiry of a key, or that it has none.
public enum Expiry: Equatable, Sendable {
    /// The key does not expire.
    case never
    /// The key expires at this time.
    case at(Timestamp)

    /// The time of the expiry; `nil` where the key does not expire.
    public var date: Timestamp? {
        switch self {
        case .never: nil
        case .at(let date): date
        }
    }
}

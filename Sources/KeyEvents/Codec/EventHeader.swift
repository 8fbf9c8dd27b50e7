internal import Bytes

/// The fields of a record that an index needs, read from the bytes without decoding the rest. Reading it allocates nothing and
/// does not check what it skips. For every record that `EventCodec` decodes, the header agrees with the decoded event.
public struct EventHeader: Equatable, Sendable {
    /// The key that the event is about; `KeyID.none` in an event that concerns no key.
    public let keyID: KeyID
    /// The stamp of the record.
    public let recordedAt: Timestamp
    /// The time at which the event happened, where the record states it; see `RecordTime`.
    public let occurredAt: Timestamp?
    /// The number of the body's field in `events.proto`, which is 20 or more.
    public let bodyField: Int
    /// Whether the record names features that a reader must know to understand the log from it on.
    public let hasRequirements: Bool

    /// The stamp of the event and the time by which its content was decided.
    public var time: RecordTime { RecordTime(recordedAt: recordedAt, occurredAt: occurredAt) }

    /// Whether the event may change what a key is allowed to do. That holds for the events of keys other than uses and
    /// refusals, and for those of accounts.
    public var isLifecycle: Bool {
        switch bodyField {
        case WireField.Body.keyUsed, WireField.Body.keyRefused: false
        // Keys whose IP allowlist can never be decrypted again are refused.
        case WireField.Body.accountErased: true
        // Commands are checked against the account's rules.
        case WireField.Body.accountChanged: true
        default: isKnown && bodyField < WireField.Body.firstOfLog
        }
    }

    /// Whether the event is about how the log came to its name and key, and about no key of an account.
    public var isOfLog: Bool { WireField.Body.isOfLog(bodyField) }

    /// Whether this version has a name for the event.
    public var isKnown: Bool { WireField.Body.isKnown(bodyField) }

    /// Reads the header of a record. The result is `nil` for bytes that are not a record.
    ///
    /// - Parameter bytes: The bytes of the record.
    public init?(_ bytes: Span<UInt8>) {
        var keyID: KeyID?
        var recordedAt: UInt64 = 0
        var occurredAt: UInt64?
        var knownBody: Int?
        var unknownBody: Int?
        var hasRequirements = false
        var isKeyNamed = false
        var scanner = WireScanner(0..<bytes.count)
        while !scanner.isAtEnd {
            guard let tag = scanner.tag(bytes) else { return nil }
            switch (tag.field, tag.type) {
            case (WireField.Event.recordedAt, .varint):
                guard let value = scanner.varint(bytes) else { return nil }
                recordedAt = value
            case (WireField.Event.occurredAt, .varint):
                guard let value = scanner.varint(bytes) else { return nil }
                occurredAt = value
            case (_, .lengthDelimited):
                guard let range = scanner.lengthDelimited(bytes) else { return nil }
                switch tag.field {
                case WireField.Event.keyID:
                    keyID = KeyID(bytes, range)
                    isKeyNamed = !range.isEmpty
                case WireField.Event.requires: hasRequirements = true
                case let field where WireField.Body.isKnown(field): knownBody = field
                case let field where field > WireField.Body.first: unknownBody = field
                default: break
                }
            default:
                guard scanner.skip(tag.type, bytes) else { return nil }
            }
        }
        guard let bodyField = knownBody ?? unknownBody else { return nil }
        if keyID == nil, !isKeyNamed, bodyField >= WireField.Body.firstOfLog { keyID = KeyID.none }
        guard let keyID else { return nil }
        self.keyID = keyID
        self.hasRequirements = hasRequirements
        self.recordedAt = Timestamp(microseconds: Int64(bitPattern: recordedAt))
        self.occurredAt = occurredAt.map { Timestamp(microseconds: Int64(bitPattern: $0)) }
        self.bodyField = bodyField
    }
}

extension KeyID {
    /// Creates the id from the bytes in `range`, which lies within `bytes`; `nil` unless the range holds sixteen.
    init?(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        guard range.count == 16 else { return nil }
        self.init(Bytes16(high: bytes.bigEndian(at: range.lowerBound), low: bytes.bigEndian(at: range.lowerBound + 8)))
    }
}

internal import Bytes

/// What an index needs of a record, read from the bytes without decoding the rest: no allocation, no check of what it passes
/// over. For every record that `EventCodec` decodes it says what the decoded event says.
public struct EventHeader: Equatable, Sendable {
    public let keyID: KeyID
    public let recordedAt: Timestamp
    /// When it happened, where the record says that; see `RecordTime`.
    public let occurredAt: Timestamp?
    /// The number of the body's field in `events.proto`, 20 or more.
    public let bodyField: Int
    /// The record names what a reader must know to understand the log from there on.
    public let hasRequirements: Bool

    public var time: RecordTime { RecordTime(recordedAt: recordedAt, occurredAt: occurredAt) }

    /// Whether the event may change what a key is allowed to do.
    public var isLifecycle: Bool {
        switch bodyField {
        case WireField.Body.keyUsed, WireField.Body.keyRefused: false
        // Keys whose IP allowlist cannot be read any more are refused.
        case WireField.Body.accountErased: true
        // Commands are held against the account's rules.
        case WireField.Body.accountChanged: true
        default: isKnown && bodyField < WireField.Body.firstOfLog
        }
    }

    /// Whether the event tells of the log as a whole, of no key.
    public var isOfLog: Bool { WireField.Body.isOfLog(bodyField) }

    /// Whether this version has a name for the event.
    public var isKnown: Bool { WireField.Body.isKnown(bodyField) }

    /// `nil` for bytes that are not a record.
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
    /// `nil` unless `range`, which lies within `bytes`, holds sixteen.
    init?(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        guard range.count == 16 else { return nil }
        self.init(Bytes16(high: bytes.bigEndian(at: range.lowerBound), low: bytes.bigEndian(at: range.lowerBound + 8)))
    }
}

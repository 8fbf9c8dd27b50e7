/// What statistics need of a `KeyUsed` or `KeyRefused` record, read from the bytes without allocating. For every record that
/// `EventCodec` decodes it says what the decoded event says.
public struct UseSummary: Equatable, Sendable {
    public let keyID: KeyID
    public let recordedAt: Timestamp
    /// When it happened, where the record says that; see `RecordTime`.
    public let occurredAt: Timestamp?
    public let count: UInt64
    public let secretID: UInt32
    /// The position of the last record the decision reflects.
    public let decidedAtPosition: UInt64
    /// Of the first use; the same as `decidedAt` unless aggregated.
    public let firstAt: Timestamp
    /// Of the last use.
    public let decidedAt: Timestamp
    /// Why it was refused; `nil` for a use.
    public let code: RefusalCode?
    /// The key authorised a call to Keyledger itself.
    public let isInternal: Bool

    /// The record names what a reader must know to understand the log from there on.
    public let hasRequirements: Bool

    public var time: RecordTime { RecordTime(recordedAt: recordedAt, occurredAt: occurredAt) }

    /// `nil` for every other event, for a refusal whose code this version does not know, and for bytes that are not a record.
    public init?(_ bytes: Span<UInt8>) {
        var texts = NoTexts()
        self.init(bytes, into: &texts)
    }

    /// As above. `texts` is told where the texts of the record stand; what it held before is forgotten.
    public init?(_ bytes: Span<UInt8>, texts: inout UseTexts) {
        texts.removeAll()
        self.init(bytes, into: &texts)
    }

    private init?<Texts: UseTextSink>(_ bytes: Span<UInt8>, into texts: inout Texts) {
        var keyID: KeyID?
        var recordedAt: UInt64 = 0
        var occurredAt: UInt64?
        var bodyField = 0
        var hasRequirements = false
        var body = Body()
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
                case WireField.Event.requires:
                    hasRequirements = true
                case WireField.Event.accountID:
                    texts.add(.account, range)
                case let field where WireField.Body.isKnown(field):
                    // The last body counts; one that stands in several pieces is joined (protobuf: oneof, merging).
                    if bodyField != tag.field {
                        body = Body()
                        texts.removeAsked()
                    }
                    bodyField = tag.field
                    let isUse = bodyField == WireField.Body.keyUsed || bodyField == WireField.Body.keyRefused
                    if isUse, !body.merge(bytes, range, isRefusal: bodyField == WireField.Body.keyRefused, &texts) { return nil }
                default:
                    break
                }
            default:
                guard scanner.skip(tag.type, bytes) else { return nil }
            }
        }
        guard let keyID else { return nil }
        switch bodyField {
        case WireField.Body.keyUsed:
            code = nil
        case WireField.Body.keyRefused:
            guard let number = UInt8(exactly: Int32(truncatingIfNeeded: body.code)), let code = RefusalCode(rawValue: number) else {
                return nil
            }
            self.code = code
        default:
            return nil
        }
        self.keyID = keyID
        self.hasRequirements = hasRequirements
        self.recordedAt = Timestamp(microseconds: Int64(bitPattern: recordedAt))
        self.occurredAt = occurredAt.map { Timestamp(microseconds: Int64(bitPattern: $0)) }
        count = body.count
        secretID = UInt32(truncatingIfNeeded: body.secretID)
        decidedAtPosition = body.decidedAtPosition
        decidedAt = Timestamp(microseconds: Int64(bitPattern: body.decidedAt))
        firstAt = Timestamp(microseconds: Int64(bitPattern: body.firstAt ?? body.decidedAt))
        isInternal = body.isInternal != 0
    }

    /// The varints of the body, as they stand on the wire.
    private struct Body {
        var count: UInt64 = 0
        var secretID: UInt64 = 0
        var decidedAtPosition: UInt64 = 0
        var decidedAt: UInt64 = 0
        var firstAt: UInt64?
        var isInternal: UInt64 = 0
        var code: UInt64 = 0

        /// `false` when `range` does not hold a message.
        mutating func merge<Texts: UseTextSink>(
            _ bytes: Span<UInt8>, _ range: Range<Int>, isRefusal: Bool, _ texts: inout Texts
        ) -> Bool {
            var scanner = WireScanner(range)
            while !scanner.isAtEnd {
                guard let tag = scanner.tag(bytes) else { return false }
                if tag.type == .lengthDelimited {
                    guard let range = scanner.lengthDelimited(bytes) else { return false }
                    switch tag.field {
                    case WireField.Use.scopesAsked: texts.add(.scopeAsked, range)
                    case WireField.Use.environmentAsked: texts.add(.environmentAsked, range)
                    case WireField.Use.permissionAsked where isRefusal: texts.add(.permissionAsked, range)
                    default: break
                    }
                    continue
                }
                guard tag.type == .varint else {
                    guard scanner.skip(tag.type, bytes) else { return false }
                    continue
                }
                guard let value = scanner.varint(bytes) else { return false }
                switch tag.field {
                case WireField.Use.count: count = value
                case WireField.Use.secretID: secretID = value
                case WireField.Use.decidedAtPosition: decidedAtPosition = value
                case WireField.Use.decidedAt: decidedAt = value
                case WireField.Use.firstAt: firstAt = value
                case WireField.Use.isInternal: isInternal = value
                case WireField.Use.code: code = value
                default: break
                }
            }
            return true
        }
    }
}

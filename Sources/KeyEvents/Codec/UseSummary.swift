/// The fields of a `KeyUsed` or `KeyRefused` record that statistics need, read from the bytes without allocating. For every
/// record that `EventCodec` decodes, the summary agrees with the decoded event.
public struct UseSummary: Equatable, Sendable {
    /// The key that was presented.
    public let keyID: KeyID
    /// The stamp of the record.
    public let recordedAt: Timestamp
    /// The time at which it happened, where the record states it; see `RecordTime`.
    public let occurredAt: Timestamp?
    /// How many presentations the record counts.
    public let count: UInt64
    /// The number of the presented secret among those of the key.
    public let secretID: UInt32
    /// The position of the last record that the decision on the last use reflects.
    public let decidedAtPosition: UInt64
    /// When the first use was decided; the same as `decidedAt` unless the record counts several.
    public let firstAt: Timestamp
    /// When the last use was decided.
    public let decidedAt: Timestamp
    /// The reason why the key was refused; `nil` for a use.
    public let code: RefusalCode?
    /// Whether the key authorised a call to Keyledger itself.
    public let isInternal: Bool

    /// Whether the record names features that a reader must know to understand the log from it on.
    public let hasRequirements: Bool

    /// The stamp of the record and the time by which its content was decided.
    public var time: RecordTime { RecordTime(recordedAt: recordedAt, occurredAt: occurredAt) }

    /// Reads the summary of a record. The result is `nil` for every other event, for a refusal whose code this version does not
    /// know, and for bytes that are not a record.
    ///
    /// - Parameter bytes: The bytes of the record.
    public init?(_ bytes: Span<UInt8>) {
        var texts = NoTexts()
        self.init(bytes, into: &texts)
    }

    /// Reads the summary of a record and where its texts stand. The result is `nil` for every other event, for a refusal whose
    /// code this version does not know, and for bytes that are not a record.
    ///
    /// - Parameters:
    ///   - bytes: The bytes of the record.
    ///   - texts: Receives the ranges of the texts. Its earlier content is removed.
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
                    // The last body counts; a body that stands in several pieces is joined (protobuf: oneof, merging).
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

    /// The numbers of the body, as they stand on the wire.
    private struct Body {
        var count: UInt64 = 0
        var secretID: UInt64 = 0
        var decidedAtPosition: UInt64 = 0
        var decidedAt: UInt64 = 0
        var firstAt: UInt64?
        var isInternal: UInt64 = 0
        var code: UInt64 = 0

        /// Adds the fields of a piece of the body; `false` where `range` does not hold a message.
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

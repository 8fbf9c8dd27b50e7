internal import SwiftProtobuf

/// The encoding of events as records, which are `Event` messages of `Schemas/keyledger/v1/events.proto`.
///
/// The encoder is written by hand, and the decoder is the generated code: a use is encoded on the way to every append, where the
/// generated message costs some ten allocations, while decoding serves people and replays of single keys. The tests hold the two
/// together, byte for byte.
public enum EventCodec {
    /// The maximum length of a record in bytes. The log refuses longer ones.
    public static let maximumRecordBytes = 65_535

    /// Encodes an event.
    ///
    /// - Parameters:
    ///   - event: The event.
    ///   - time: The times to write in the place of the event's own, so that the code that stamps an event need not copy it;
    ///     `nil` for the event's own.
    /// - Returns: The bytes of the record.
    /// - Throws: `RecordError.tooLarge` where the record is longer than `maximumRecordBytes`.
    public static func encode(_ event: Event, time: RecordTime? = nil) throws(RecordError) -> [UInt8] {
        // A use takes some 120 bytes, and more when personal fields are sealed with it.
        var writer = WireWriter(reserving: 192 + (event.sealed?.ciphertext.count ?? 0))
        writer.envelope(event, time: time ?? event.time)
        writer.body(event.body)
        writer.raw(event.unknownFields)
        guard writer.bytes.count <= maximumRecordBytes else { throw .tooLarge(bytes: writer.bytes.count) }
        return writer.bytes
    }

    /// Decodes a record.
    ///
    /// - Parameter bytes: The bytes of the record.
    /// - Returns: The event.
    /// - Throws: `RecordError.tooLarge` where the record is longer than `maximumRecordBytes`, and `RecordError.malformed` where
    ///   it is not an event.
    public static func decode(_ bytes: [UInt8]) throws(RecordError) -> Event {
        try decode(bytes.span)
    }

    /// Decodes a record that lies in memory of another owner, for instance of a transaction.
    ///
    /// - Parameter bytes: The bytes of the record.
    /// - Returns: The event.
    /// - Throws: `RecordError.tooLarge` where the record is longer than `maximumRecordBytes`, and `RecordError.malformed` where
    ///   it is not an event.
    public static func decode(_ bytes: Span<UInt8>) throws(RecordError) -> Event {
        guard bytes.count <= maximumRecordBytes else { throw .tooLarge(bytes: bytes.count) }
        let wire: WireEvent
        do {
            wire = try unsafe WireEvent(serializedBytes: bytes.bytes)
        } catch {
            throw .malformed("is not an Event message (\(error))")
        }
        return try Event(wire)
    }
}

extension WireWriter {
    fileprivate mutating func envelope(_ event: Event, time: RecordTime) {
        if event.keyID != .none { data(WireField.Event.keyID, event.keyID.raw) }
        text(WireField.Event.accountID, event.accountID.description)
        self.time(WireField.Event.recordedAt, time.recordedAt)
        self.time(WireField.Event.occurredAt, time.occurredAt)
        message(WireField.Event.actor) { writer in
            writer.number(WireField.Actor.kind, UInt64(event.actor.kind.wireNumber))
            writer.text(WireField.Actor.id, event.actor.id)
        }
        text(WireField.Event.commandID, event.commandID)
        number(WireField.Event.commandOrdinal, UInt64(event.commandOrdinal))
        text(WireField.Event.correlationID, event.correlationID)
        if let sealed = event.sealed {
            message(WireField.Event.sealed) { writer in
                writer.data(WireField.Sealed.dataKeyID, sealed.dataKeyID)
                writer.data(WireField.Sealed.ciphertext, sealed.ciphertext)
                writer.number(WireField.Sealed.construction, UInt64(sealed.constructionNumber))
            }
        }
        for feature in event.requires { present(WireField.Event.requires, feature) }
    }

    fileprivate mutating func body(_ body: Event.Body) {
        switch body {
        case .created(let created):
            message(WireField.Body.keyCreated) { writer in
                writer.text(WireField.KeyCreated.environment, created.environment)
                writer.secret(WireField.KeyCreated.secret, created.secret)
                for scope in created.scopes { writer.present(WireField.KeyCreated.scopes, scope) }
                for permission in created.permissions { writer.present(WireField.KeyCreated.permissions, permission.rawValue) }
                writer.time(WireField.KeyCreated.expiresAt, created.expiresAt)
                writer.number(WireField.KeyCreated.restrictsAddresses, created.restrictsAddresses ? 1 : 0)
            }
        case .used(let use):
            message(WireField.Body.keyUsed) { $0.use(use) }
        case .refused(let use, let code):
            message(WireField.Body.keyRefused) { writer in
                writer.use(use)
                writer.number(WireField.Use.code, UInt64(code.rawValue))
                if let permission = use.permissionAsked { writer.present(WireField.Use.permissionAsked, permission) }
            }
        case .revoked(let reasonCode):
            message(WireField.Body.keyRevoked) { $0.text(WireField.KeyRevoked.reasonCode, reasonCode) }
        case .expired:
            message(WireField.Body.keyExpired) { _ in }
        case .changed(let changed):
            message(WireField.Body.keyChanged) { $0.changed(changed) }
        case .disabled:
            message(WireField.Body.keyDisabled) { _ in }
        case .enabled:
            message(WireField.Body.keyEnabled) { _ in }
        case .secretAdded(let secret, let olderRetire, let extendsGrace):
            message(WireField.Body.secretAdded) { writer in
                writer.secret(WireField.SecretAdded.secret, secret)
                writer.time(WireField.SecretAdded.olderRetireAt, olderRetire?.date)
                writer.number(WireField.SecretAdded.olderRetireWhenUsed, olderRetire?.comesWithUse ?? false ? 1 : 0)
                if let extendsGrace { writer.present(WireField.SecretAdded.extendsGrace, UInt64(extendsGrace ? 1 : 0)) }
            }
        case .secretRetired(let secretID):
            message(WireField.Body.secretRetired) { $0.number(WireField.SecretRetired.secretID, UInt64(secretID)) }
        case .logForked(let fork):
            message(WireField.Body.logForked) { writer in
                writer.data(WireField.LogForked.leftLogID, fork.leftLogID)
                writer.text(WireField.LogForked.leftCheckpoint, fork.leftCheckpoint)
                writer.data(WireField.LogForked.logID, fork.logID)
                for id in fork.abandonedLogIDs { writer.data(WireField.LogForked.abandonedLogIDs, id) }
            }
        case .logKeyChanged(let change):
            message(WireField.Body.logKeyChanged) { writer in
                writer.text(WireField.LogKeyChanged.oldOrigin, change.oldOrigin)
                writer.text(WireField.LogKeyChanged.oldVerifierKey, change.oldVerifierKey)
                writer.text(WireField.LogKeyChanged.newOrigin, change.newOrigin)
                writer.text(WireField.LogKeyChanged.newVerifierKey, change.newVerifierKey)
                writer.data(WireField.LogKeyChanged.signature, change.signature)
            }
        case .clockConfirmed(let confirmation):
            message(WireField.Body.clockConfirmed) { writer in
                writer.time(WireField.ClockConfirmed.clock, confirmation.clock)
                writer.time(WireField.ClockConfirmed.expected, confirmation.expected)
            }
        case .logRead(let reading):
            message(WireField.Body.logRead) { writer in
                writer.text(WireField.LogRead.what, reading.what)
                writer.text(WireField.LogRead.accountID, reading.account?.description ?? "")
            }
        case .accountErased(let erasure):
            message(WireField.Body.accountErased) { writer in
                if let id = erasure.dataKeyID { writer.data(WireField.AccountErased.dataKeyID, id) }
                if let user = erasure.localUserID { writer.present(WireField.AccountErased.localUserID, UInt64(user)) }
            }
        case .accountChanged(let change):
            message(WireField.Body.accountChanged) { writer in
                if let limit = change.rules.keyLimit { writer.present(WireField.AccountChanged.keyLimit, limit) }
                if let scopes = change.rules.grantable {
                    writer.message(WireField.AccountChanged.grantable) { writer in
                        for scope in scopes { writer.present(WireField.StringList.values, scope) }
                    }
                }
                if let user = change.localUserID { writer.present(WireField.AccountChanged.localUserID, UInt64(user)) }
            }
        case .unknown:
            // The body stands in `unknownFields`.
            break
        }
    }

    private mutating func use(_ use: Event.Use) {
        number(WireField.Use.count, use.count)
        number(WireField.Use.secretID, UInt64(use.secretID))
        for scope in use.scopesAsked { present(WireField.Use.scopesAsked, scope) }
        number(WireField.Use.decidedAtPosition, use.decidedAtPosition)
        time(WireField.Use.decidedAt, use.decidedAt)
        time(WireField.Use.firstAt, use.firstAt)
        if let environment = use.environmentAsked { present(WireField.Use.environmentAsked, environment) }
        number(WireField.Use.isInternal, use.isInternal ? 1 : 0)
    }

    private mutating func changed(_ changed: Event.Changed) {
        if let scopes = changed.scopes {
            message(WireField.KeyChanged.scopes) { writer in
                for scope in scopes { writer.present(WireField.StringList.values, scope) }
            }
        }
        if let permissions = changed.permissions {
            message(WireField.KeyChanged.permissions) { writer in
                for permission in permissions { writer.present(WireField.StringList.values, permission.rawValue) }
            }
        }
        if let expiry = changed.expiry {
            message(WireField.KeyChanged.expiry) { $0.time(WireField.ExpiryChange.expiresAt, expiry.date) }
        }
        number(WireField.KeyChanged.replacesName, changed.replacesName ? 1 : 0)
        number(WireField.KeyChanged.replacesMetadata, changed.replacesMetadata ? 1 : 0)
        if let restricts = changed.restrictsAddresses { present(WireField.KeyChanged.restrictsAddresses, UInt64(restricts ? 1 : 0)) }
    }

    private mutating func secret(_ field: Int, _ secret: SecretRecord) {
        message(field) { writer in
            writer.number(WireField.Secret.id, UInt64(secret.id))
            writer.data(WireField.Secret.digest, secret.digest)
            writer.number(WireField.Secret.algorithm, UInt64(secret.algorithm.rawValue))
            writer.text(WireField.Secret.hint, secret.hint)
        }
    }
}

extension Actor.Kind {
    fileprivate var wireNumber: Int {
        switch self {
        case .unknown: 0
        case .operator: 1
        case .account: 2
        case .key: 3
        case .system: 4
        case .import: 5
        }
    }
}

internal import Bytes
internal import SwiftProtobuf

/// The conversion from the generated message to the event. Fields that this version cannot represent go to `unknownFields`. A
/// body that it cannot represent (because of a field, a refusal code or a digest algorithm of a newer version) becomes
/// `.unknown`, and is never applied.
extension Event {
    init(_ wire: WireEvent) throws(RecordError) {
        guard let accountID = AccountID(wire.accountID) else { throw .malformed("has no proper account id") }
        guard wire.hasActor else { throw .malformed("names no actor") }
        let body = try Body(wire)
        self.init(
            keyID: try Self.keyID(wire, body), accountID: accountID, recordedAt: Timestamp(microseconds: wire.recordedAt),
            occurredAt: wire.hasOccurredAt ? Timestamp(microseconds: wire.occurredAt) : nil, actor: Actor(wire.actor),
            commandID: wire.commandID, commandOrdinal: wire.commandOrdinal, correlationID: wire.correlationID,
            requires: wire.requires, body: body)
        if wire.hasSealed {
            guard let dataKeyID = Bytes16(wire.sealed.dataKeyID) else { throw .malformed("has a data key id that is not 16 bytes") }
            sealed = SealedFields(
                dataKeyID: dataKeyID, ciphertext: [UInt8](wire.sealed.ciphertext), number: wire.sealed.construction, binding: sealedBinding)
        }
        unknownFields = try wire.unknownPart(bodyIsUnknown: body.isUnknown)
    }

    private static func keyID(_ wire: WireEvent, _ body: Body) throws(RecordError) -> KeyID {
        if wire.keyID.isEmpty, body.mayConcernNoKey { return .none }
        guard let id = Bytes16(wire.keyID) else { throw .malformed("has a key id that is not 16 bytes") }
        return KeyID(id)
    }
}

extension Event.Body {
    fileprivate var isUnknown: Bool { if case .unknown = self { true } else { false } }

    fileprivate var mayConcernNoKey: Bool {
        switch self {
        case .logForked, .clockConfirmed, .logRead, .logKeyChanged, .accountErased, .accountChanged: true
        case .unknown(let field): field >= WireField.Body.firstOfLog
        default: false
        }
    }

    fileprivate init(_ wire: WireEvent) throws(RecordError) {
        switch wire.body {
        case .keyCreated(let created):
            guard let secret = try SecretRecord(created.secret) else {
                self = .unknown(field: WireField.Body.keyCreated)
                return
            }
            self = .created(
                Event.Created(
                    environment: created.environment, secret: secret, scopes: created.scopes,
                    permissions: created.permissions.compactMap(Permission.init(rawValue:)),
                    expiresAt: created.hasExpiresAt ? Timestamp(microseconds: created.expiresAt) : nil,
                    restrictsAddresses: created.restrictsAddresses))
        case .keyUsed(let use):
            self = .used(
                Event.Use(
                    count: use.count, secretID: use.secretID, scopesAsked: use.scopesAsked,
                    environmentAsked: use.hasEnvironmentAsked ? use.environmentAsked : nil,
                    decidedAtPosition: use.decidedAtPosition, decidedAt: Timestamp(microseconds: use.decidedAt),
                    firstAt: use.hasFirstAt ? Timestamp(microseconds: use.firstAt) : nil, isInternal: use.internal))
        case .keyRefused(let use):
            guard let code = UInt8(exactly: use.code.rawValue).flatMap(RefusalCode.init(rawValue:)) else {
                self = .unknown(field: WireField.Body.keyRefused)
                return
            }
            let refused = Event.Use(
                count: use.count, secretID: use.secretID, scopesAsked: use.scopesAsked,
                environmentAsked: use.hasEnvironmentAsked ? use.environmentAsked : nil,
                decidedAtPosition: use.decidedAtPosition, decidedAt: Timestamp(microseconds: use.decidedAt),
                firstAt: use.hasFirstAt ? Timestamp(microseconds: use.firstAt) : nil, isInternal: use.internal,
                permissionAsked: use.hasPermissionAsked ? use.permissionAsked : nil)
            self = .refused(refused, code)
        case .keyRevoked(let revoked):
            self = .revoked(reasonCode: revoked.reasonCode)
        case .keyExpired:
            self = .expired
        case .keyChanged(let changed):
            self = .changed(Event.Changed(changed))
        case .keyDisabled:
            self = .disabled
        case .keyEnabled:
            self = .enabled
        case .secretAdded(let added):
            guard let secret = try SecretRecord(added.secret) else {
                self = .unknown(field: WireField.Body.secretAdded)
                return
            }
            self = .secretAdded(
                secret, olderRetire: SecretRetirement(added), extendsGrace: added.hasExtendsGrace ? added.extendsGrace : nil)
        case .secretRetired(let retired):
            self = .secretRetired(secretID: retired.secretID)
        case .logForked(let fork):
            guard let left = Bytes16(fork.leftLogID), let new = Bytes16(fork.logID) else {
                throw .malformed("has a log id that is not 16 bytes")
            }
            let abandoned = fork.abandonedLogIds.compactMap { Bytes16($0) }
            guard abandoned.count == fork.abandonedLogIds.count else { throw .malformed("has a log id that is not 16 bytes") }
            self = .logForked(
                LogFork(leftLogID: left, leftCheckpoint: fork.leftCheckpoint, logID: new, abandonedLogIDs: abandoned))
        case .logKeyChanged(let change):
            self = .logKeyChanged(
                LogKeyChange(
                    oldOrigin: change.oldOrigin, oldVerifierKey: change.oldVerifierKey, newOrigin: change.newOrigin,
                    newVerifierKey: change.newVerifierKey, signature: [UInt8](change.signature)))
        case .clockConfirmed(let confirmation):
            self = .clockConfirmed(
                ClockConfirmation(
                    clock: Timestamp(microseconds: confirmation.clock), expected: Timestamp(microseconds: confirmation.expected)))
        case .logRead(let reading):
            var account: AccountID?
            if !reading.accountID.isEmpty {
                guard let id = AccountID(reading.accountID) else { throw .malformed("names an account that is none") }
                account = id
            }
            self = .logRead(LogReading(what: reading.what, account: account))
        case .accountErased(let erased):
            let id = Bytes16(erased.dataKeyID)
            guard id != nil || erased.dataKeyID.isEmpty else { throw .malformed("has a data key id that is not 16 bytes") }
            self = .accountErased(AccountErasure(dataKeyID: id, localUserID: erased.hasLocalUserID ? erased.localUserID : nil))
        case .accountChanged(let changed):
            let rules = AccountRules(
                keyLimit: changed.hasKeyLimit ? changed.keyLimit : nil, grantable: changed.hasGrantable ? changed.grantable.values : nil)
            self = .accountChanged(AccountChange(rules, localUserID: changed.hasLocalUserID ? changed.localUserID : nil))
        case nil:
            // The header of the record knows a body that this version does not: a message field beyond the known ones.
            guard let bytes = try? wire.unknownFields.encoded, let field = lastMessageField(bytes.span) else {
                throw .malformed("has no body")
            }
            self = .unknown(field: field)
        }
    }
}

extension Event.Changed {
    fileprivate init(_ wire: WireKeyChanged) {
        self.init()
        if wire.hasScopes { scopes = wire.scopes.values }
        if wire.hasPermissions { permissions = wire.permissions.values.compactMap(Permission.init(rawValue:)) }
        replacesName = wire.replacesName
        replacesMetadata = wire.replacesMetadata
        if wire.hasRestrictsAddresses { restrictsAddresses = wire.restrictsAddresses }
        if wire.hasExpiry { expiry = wire.expiry.hasExpiresAt ? .at(Timestamp(microseconds: wire.expiry.expiresAt)) : .never }
    }
}

extension SecretRetirement {
    fileprivate init?(_ wire: WireSecretAdded) {
        self.init(
            at: wire.hasOlderRetireAt ? Timestamp(microseconds: wire.olderRetireAt) : nil, whenNewerIsUsed: wire.olderRetireWhenUsed)
    }
}

extension Actor {
    fileprivate init(_ wire: WireActor) {
        let kind: Kind =
            switch wire.kind {
            case .operator: .operator
            case .account: .account
            case .key: .key
            case .system: .system
            case .import: .import
            case .unspecified, .UNRECOGNIZED: .unknown
            }
        self.init(kind: kind, id: wire.id)
    }
}

extension SecretRecord {
    /// Creates the record from a message; `nil` where a newer version's algorithm made the digest.
    init?(_ wire: WireSecret) throws(RecordError) {
        switch wire.algorithm {
        case .sha256:
            guard let digest = Digest32(wire.digest) else { throw .malformed("has a SHA-256 digest that is not 32 bytes") }
            self.init(id: wire.id, digest: digest, hint: wire.hint)
        case .unspecified:
            throw .malformed("has a secret without a digest algorithm")
        case .UNRECOGNIZED:
            return nil
        }
    }
}

extension WireEvent {
    /// Returns an encoded `Event` that holds only what `Event` cannot represent, each field nested as it was. It is empty for
    /// what this version wrote.
    fileprivate func unknownPart(bodyIsUnknown: Bool) throws(RecordError) -> [UInt8] {
        var part = WireEvent()
        var isEmpty = !unknownFields.isPresent
        if !isEmpty { part.unknownFields = unknownFields }
        if let actor = actor.unknownPart {
            part.actor = actor
            isEmpty = false
        }
        if hasSealed, sealed.unknownFields.isPresent {
            part.sealed.unknownFields = sealed.unknownFields
            isEmpty = false
        }
        if let body = bodyIsUnknown ? body : body?.unknownPart {
            part.body = body
            isEmpty = false
        }
        guard !isEmpty else { return [] }
        do {
            return try part.serializedBytes()
        } catch {
            throw .malformed("holds fields that cannot be kept (\(error))")
        }
    }
}

extension WireActor {
    fileprivate var unknownPart: WireActor? {
        var part = WireActor()
        part.unknownFields = unknownFields
        if case .UNRECOGNIZED = kind { part.kind = kind }
        return part == WireActor() ? nil : part
    }
}

extension WireEvent.OneOf_Body {
    fileprivate var unknownPart: Self? {
        switch self {
        case .keyCreated(let body):
            var part = WireKeyCreated()
            part.unknownFields = body.unknownFields
            if body.secret.unknownFields.isPresent { part.secret.unknownFields = body.secret.unknownFields }
            part.permissions = body.permissions.filter { Permission(rawValue: $0) == nil }
            return part == WireKeyCreated() ? nil : .keyCreated(part)
        case .keyUsed(let body):
            return body.unknownFields.isPresent ? .keyUsed(.with { $0.unknownFields = body.unknownFields }) : nil
        case .keyRefused(let body):
            return body.unknownFields.isPresent ? .keyRefused(.with { $0.unknownFields = body.unknownFields }) : nil
        case .keyRevoked(let body):
            return body.unknownFields.isPresent ? .keyRevoked(.with { $0.unknownFields = body.unknownFields }) : nil
        case .keyExpired(let body):
            return body.unknownFields.isPresent ? .keyExpired(body) : nil
        case .keyChanged(let body):
            return body.unknownPart.map { .keyChanged($0) }
        case .keyDisabled(let body):
            return body.unknownFields.isPresent ? .keyDisabled(body) : nil
        case .keyEnabled(let body):
            return body.unknownFields.isPresent ? .keyEnabled(body) : nil
        case .secretAdded(let body):
            var part = WireSecretAdded()
            part.unknownFields = body.unknownFields
            if body.secret.unknownFields.isPresent { part.secret.unknownFields = body.secret.unknownFields }
            return part == WireSecretAdded() ? nil : .secretAdded(part)
        case .secretRetired(let body):
            return body.unknownFields.isPresent ? .secretRetired(.with { $0.unknownFields = body.unknownFields }) : nil
        case .logForked(let body):
            return body.unknownFields.isPresent ? .logForked(.with { $0.unknownFields = body.unknownFields }) : nil
        case .clockConfirmed(let body):
            return body.unknownFields.isPresent ? .clockConfirmed(.with { $0.unknownFields = body.unknownFields }) : nil
        case .logRead(let body):
            return body.unknownFields.isPresent ? .logRead(.with { $0.unknownFields = body.unknownFields }) : nil
        case .logKeyChanged(let body):
            return body.unknownFields.isPresent ? .logKeyChanged(.with { $0.unknownFields = body.unknownFields }) : nil
        case .accountErased(let body):
            return body.unknownFields.isPresent ? .accountErased(.with { $0.unknownFields = body.unknownFields }) : nil
        case .accountChanged(let body):
            var part = WireAccountChanged()
            part.unknownFields = body.unknownFields
            if body.grantable.unknownFields.isPresent { part.grantable.unknownFields = body.grantable.unknownFields }
            return part == WireAccountChanged() ? nil : .accountChanged(part)
        }
    }
}

extension WireKeyChanged {
    fileprivate var unknownPart: WireKeyChanged? {
        var part = WireKeyChanged()
        part.unknownFields = unknownFields
        if scopes.unknownFields.isPresent { part.scopes.unknownFields = scopes.unknownFields }
        if permissions.unknownFields.isPresent { part.permissions.unknownFields = permissions.unknownFields }
        let names = permissions.values.filter { Permission(rawValue: $0) == nil }
        if !names.isEmpty { part.permissions.values = names }
        if expiry.unknownFields.isPresent { part.expiry.unknownFields = expiry.unknownFields }
        return part == WireKeyChanged() ? nil : part
    }
}

extension UnknownStorage {
    fileprivate var isPresent: Bool { self != UnknownStorage() }

    /// The fields as they stood on the wire.
    fileprivate var encoded: [UInt8] {
        get throws {
            var message = WireKeyExpired()
            message.unknownFields = self
            return try message.serializedBytes()
        }
    }
}

/// Returns the number of the last message field among `bytes` that can be a body.
private func lastMessageField(_ bytes: Span<UInt8>) -> Int? {
    var last: Int?
    var scanner = WireScanner(0..<bytes.count)
    while !scanner.isAtEnd {
        guard let tag = scanner.tag(bytes), scanner.skip(tag.type, bytes) else { return nil }
        if tag.type == .lengthDelimited, tag.field > WireField.Body.first { last = tag.field }
    }
    return last
}

internal import Bytes
internal import EventLog
internal import KeyEvents
internal import Ledger
public import LedgerQueries

/// The JSON document of an event. Personal fields stand under `personal`, which is `null` when they cannot be read.
public struct EventDocument: Encodable, Sendable {
    package enum CodingKeys: String, CodingKey {
        case position, type, keyId, accountId, recordedAt, occurredAt, actor, commandId, personal
        case isSealed = "sealed"
        case environment, hint, secretId, scopes, permissions, expiresAt, changed, before
        case restrictsAddresses, olderRetireAt, olderRetireWhenUsed, extendsGrace
        case count, scopesAsked, environmentAsked, decidedAtPosition, decidedAt, firstAt, code, reasonCode
        case leftLogId, leftCheckpoint, logId, abandonedLogIds, clock, expectedClock, permissionAsked, what, ofAccountId
        case oldOrigin, oldVerifierKey, newOrigin, newVerifierKey, signature
        case dataKeyId, localUserId, keyLimit, grantable
        case isInternal = "internal"
    }

    private struct PersonalDocument: Encodable {
        enum CodingKeys: String, CodingKey {
            case name, metadata, ipAllowlist, reason, actorLabel, clientAddress, method, path, addresses, otherAddresses
        }

        let personal: PersonalFields

        /// Writes the document's fields.
        func encode(to encoder: any Encoder) throws {
            var fields = NullableKeyedEncoder(encoder, CodingKeys.self)
            try fields.set(.name, personal.name)
            try fields.set(.metadata, personal.metadata)
            try fields.set(.ipAllowlist, personal.ipAllowlist)
            try fields.set(.reason, personal.reason)
            try fields.set(.actorLabel, personal.actorLabel)
            try fields.set(.clientAddress, personal.clientAddress)
            try fields.set(.method, personal.method)
            try fields.set(.path, personal.path)
            try fields.set(.addresses, personal.addresses?.entries.map { AddressCountDocument($0) })
            try fields.set(.otherAddresses, personal.addresses?.others)
        }
    }

    private let recorded: RecordedEvent

    private var event: Event { recorded.event }
    private var personal: PersonalFields? { recorded.personal }

    /// Creates the document of an event.
    public init(_ recorded: RecordedEvent) { self.recorded = recorded }

    /// Writes the document's fields.
    public func encode(to encoder: any Encoder) throws {
        var fields = NullableKeyedEncoder(encoder, CodingKeys.self)
        try fields.set(.position, recorded.position)
        try fields.set(.type, event.body.type)
        try fields.set(.keyId, event.keyID == .none ? nil : event.keyID.description)
        try fields.set(.accountId, event.accountID.description)
        try fields.set(.recordedAt, event.recordedAt.description)
        try fields.set(.occurredAt, event.occurredAt?.description)
        try fields.set(.actor, ActorDocument(event.actor, personal))
        try fields.set(.commandId, event.commandID.isEmpty ? nil : event.commandID)
        try encodeBody(&fields)
        try fields.set(.isSealed, event.sealed != nil)
        try fields.set(.personal, personal.map { PersonalDocument(personal: $0) })
    }

    private func encodeBody(_ fields: inout NullableKeyedEncoder<CodingKeys>) throws {
        switch event.body {
        case .created(let created):
            try fields.set(.environment, created.environment)
            try fields.set(.secretId, created.secret.id)
            try fields.set(.hint, created.secret.hint)
            try fields.set(.scopes, created.scopes)
            try fields.set(.permissions, created.permissions.map(\.rawValue))
            try fields.set(.expiresAt, created.expiresAt?.description)
            try fields.set(.restrictsAddresses, created.restrictsAddresses)
        case .used(let use):
            try encode(use, &fields)
        case .refused(let use, let code):
            try fields.set(.code, code.name)
            if code == .permissionDenied { try fields.set(.permissionAsked, use.permissionAsked) }
            try encode(use, &fields)
        case .revoked(let reasonCode):
            try fields.set(.reasonCode, reasonCode)
        case .changed(let changed):
            var names: [String] = []
            if let scopes = changed.scopes {
                names.append("scopes")
                try fields.set(.scopes, scopes)
            }
            if let permissions = changed.permissions {
                names.append("permissions")
                try fields.set(.permissions, permissions.map(\.rawValue))
            }
            if let expiry = changed.expiry {
                names.append("expiresAt")
                try fields.set(.expiresAt, expiry.date?.description)
            }
            if changed.replacesName { names.append("name") }
            if changed.replacesMetadata { names.append("metadata") }
            if let restricts = changed.restrictsAddresses {
                names.append("ipAllowlist")
                try fields.set(.restrictsAddresses, restricts)
            }
            try fields.set(.changed, names)
            try fields.set(.before, BeforeDocument(recorded))
        case .secretAdded(let secret, let olderRetire, let extendsGrace):
            try fields.set(.secretId, secret.id)
            try fields.set(.hint, secret.hint)
            try fields.set(.olderRetireAt, olderRetire?.date?.description)
            try fields.set(.olderRetireWhenUsed, olderRetire?.comesWithUse ?? false)
            try fields.set(.extendsGrace, extendsGrace)
            try fields.set(.before, BeforeDocument(recorded))
        case .secretRetired(let secretID):
            try fields.set(.secretId, secretID)
            try fields.set(.before, BeforeDocument(recorded))
        case .expired:
            try fields.set(.before, BeforeDocument(recorded))
        case .logForked(let fork):
            try fields.set(.leftLogId, fork.leftLogID.hex)
            try fields.set(.leftCheckpoint, fork.leftCheckpoint.isEmpty ? nil : fork.leftCheckpoint)
            try fields.set(.logId, fork.logID.hex)
            try fields.set(.abandonedLogIds, fork.abandonedLogIDs.map(\.hex))
        case .clockConfirmed(let confirmation):
            try fields.set(.clock, confirmation.clock.description)
            try fields.set(.expectedClock, confirmation.expected.description)
        case .logRead(let reading):
            try fields.set(.what, reading.what)
            try fields.set(.ofAccountId, reading.account?.description)
        case .logKeyChanged(let change):
            try fields.set(.oldOrigin, change.oldOrigin)
            try fields.set(.oldVerifierKey, change.oldVerifierKey.isEmpty ? nil : change.oldVerifierKey)
            try fields.set(.newOrigin, change.newOrigin)
            try fields.set(.newVerifierKey, change.newVerifierKey)
            try fields.set(.signature, change.signature.isEmpty ? nil : Base64.encode(change.signature))
        case .accountErased(let erasure):
            try fields.set(.dataKeyId, erasure.dataKeyID?.hex)
            try fields.set(.localUserId, erasure.localUserID)
        case .accountChanged(let change):
            try fields.set(.keyLimit, change.rules.keyLimit)
            try fields.set(.grantable, change.rules.grantable)
            try fields.set(.localUserId, change.localUserID)
            try fields.set(.before, BeforeDocument(recorded))
        case .disabled, .enabled, .unknown:
            break
        }
    }

    private func encode(_ use: Event.Use, _ fields: inout NullableKeyedEncoder<CodingKeys>) throws {
        try fields.set(.count, use.count)
        try fields.set(.secretId, use.secretID)
        try fields.set(.scopesAsked, use.scopesAsked)
        try fields.set(.environmentAsked, use.environmentAsked)
        try fields.set(.decidedAtPosition, use.decidedAtPosition)
        try fields.set(.decidedAt, use.decidedAt.description)
        try fields.set(.firstAt, use.firstAt?.description)
        try fields.set(.isInternal, use.isInternal)
    }
}

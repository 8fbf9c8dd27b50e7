internal import Bytes
internal import EventLog
internal import KeyEvents
internal import Ledger
internal import LedgerAPI
internal import LedgerQueries

/// The export as CSV (RFC 4180) in UTF-8: a line with the names of the columns, then one row per event, each ended by CR LF. A
/// value that an event does not have is an empty cell; `CSVRow` describes the use of the apostrophe. Lists are separated by
/// spaces, which none of their items contains; an empty list is an empty text. Metadata, and the values that an event replaces
/// (`before`), are JSON objects; `addresses` is a JSON array. Columns are only ever added at the end.
///
/// For a use or a refusal, `scopes` and `environment` are those that were asked for, and `secret_id` is the secret that was
/// used.
struct CSVExport: EventExport {
    static let columns = [
        "position", "recorded_at", "occurred_at", "type", "key_id", "account_id", "actor_kind", "actor_id", "command_id", "count", "code",
        "reason_code", "secret_id", "hint", "environment", "scopes", "permissions", "expires_at", "changed", "decided_at_position",
        "decided_at", "first_at", "internal", "sealed", "name", "metadata", "ip_allowlist", "reason", "client_address", "method", "path",
        "actor_label", "restricts_addresses", "older_retire_at", "older_retire_when_used", "extends_grace", "before", "command_ordinal",
        "correlation_id", "left_log_id", "left_checkpoint", "log_id", "abandoned_log_ids", "clock", "expected_clock", "permission_asked",
        "what",
        "of_account_id", "old_origin", "old_verifier_key", "new_origin", "new_verifier_key", "signature", "data_key_id", "local_user_id",
        "addresses", "other_addresses", "key_limit", "grantable",
    ]

    var head: String { CSVRow.text(Self.columns) }

    func text(_ recorded: RecordedEvent) throws -> String {
        var cells = Cells()
        envelope(recorded, &cells)
        body(recorded.event.body, &cells)
        cells["before"] = try BeforeDocument(recorded).map { try JSON.string($0) }
        if let personal = recorded.personal { try self.personal(personal, &cells) }
        return CSVRow.text(Self.columns.map { cells[$0] })
    }

    private typealias Cells = [String: String]

    private func envelope(_ recorded: RecordedEvent, _ cells: inout Cells) {
        let event = recorded.event
        cells["position"] = String(recorded.position)
        cells["recorded_at"] = event.recordedAt.description
        cells["occurred_at"] = event.occurredAt?.description
        cells["type"] = event.body.type
        cells["key_id"] = event.keyID == .none ? nil : event.keyID.description
        cells["account_id"] = event.accountID.description
        cells["actor_kind"] = event.actor.kind.rawValue
        cells["actor_id"] = event.actor.id
        cells["command_id"] = event.commandID.isEmpty ? nil : event.commandID
        cells["command_ordinal"] = String(event.commandOrdinal)
        cells["correlation_id"] = event.correlationID.isEmpty ? nil : event.correlationID
        cells["sealed"] = text(event.sealed != nil)
    }

    private func body(_ body: Event.Body, _ cells: inout Cells) {
        switch body {
        case .created(let created):
            secret(created.secret, &cells)
            cells["environment"] = created.environment
            cells["scopes"] = list(created.scopes)
            cells["permissions"] = list(created.permissions.map(\.rawValue))
            cells["expires_at"] = created.expiresAt?.description
            cells["restricts_addresses"] = text(created.restrictsAddresses)
        case .used(let body): use(body, &cells)
        case .refused(let body, let code):
            use(body, &cells)
            cells["code"] = code.name
            if code == .permissionDenied { cells["permission_asked"] = body.permissionAsked }
        case .revoked(let reasonCode): cells["reason_code"] = reasonCode
        case .changed(let body): changed(body, &cells)
        case .secretAdded(let added, let olderRetire, let extendsGrace):
            secret(added, &cells)
            cells["older_retire_at"] = olderRetire?.date?.description
            cells["older_retire_when_used"] = text(olderRetire?.comesWithUse ?? false)
            cells["extends_grace"] = extendsGrace.map(text)
        case .secretRetired(let id): cells["secret_id"] = String(id)
        case .logForked(let fork):
            cells["left_log_id"] = fork.leftLogID.hex
            cells["left_checkpoint"] = fork.leftCheckpoint.isEmpty ? nil : fork.leftCheckpoint
            cells["log_id"] = fork.logID.hex
            cells["abandoned_log_ids"] = list(fork.abandonedLogIDs.map(\.hex))
        case .clockConfirmed(let confirmation):
            cells["clock"] = confirmation.clock.description
            cells["expected_clock"] = confirmation.expected.description
        case .logRead(let reading):
            cells["what"] = reading.what
            cells["of_account_id"] = reading.account?.description
        case .logKeyChanged(let change):
            cells["old_origin"] = change.oldOrigin
            cells["old_verifier_key"] = change.oldVerifierKey.isEmpty ? nil : change.oldVerifierKey
            cells["new_origin"] = change.newOrigin
            cells["new_verifier_key"] = change.newVerifierKey
            cells["signature"] = change.signature.isEmpty ? nil : Base64.encode(change.signature)
        case .accountErased(let erasure):
            cells["data_key_id"] = erasure.dataKeyID?.hex
            cells["local_user_id"] = erasure.localUserID.map { String($0) }
        case .accountChanged(let change):
            cells["key_limit"] = change.rules.keyLimit.map { String($0) }
            cells["grantable"] = change.rules.grantable.map(list)
            cells["local_user_id"] = change.localUserID.map { String($0) }
        case .expired, .disabled, .enabled, .unknown: break
        }
    }

    private func secret(_ secret: SecretRecord, _ cells: inout Cells) {
        cells["secret_id"] = String(secret.id)
        cells["hint"] = secret.hint
    }

    private func use(_ use: Event.Use, _ cells: inout Cells) {
        cells["count"] = String(use.count)
        cells["secret_id"] = String(use.secretID)
        cells["scopes"] = list(use.scopesAsked)
        cells["environment"] = use.environmentAsked
        cells["decided_at_position"] = String(use.decidedAtPosition)
        cells["decided_at"] = use.decidedAt.description
        cells["first_at"] = use.firstAt?.description
        cells["internal"] = text(use.isInternal)
    }

    private func changed(_ changed: Event.Changed, _ cells: inout Cells) {
        let names = [
            changed.scopes.map { _ in "scopes" }, changed.permissions.map { _ in "permissions" }, changed.expiry.map { _ in "expiresAt" },
            changed.replacesName ? "name" : nil, changed.replacesMetadata ? "metadata" : nil,
            changed.restrictsAddresses.map { _ in "ipAllowlist" },
        ]
        cells["changed"] = list(names.compactMap(\.self))
        cells["scopes"] = changed.scopes.map(list)
        cells["permissions"] = changed.permissions.map { list($0.map(\.rawValue)) }
        cells["expires_at"] = changed.expiry?.date?.description
        cells["restricts_addresses"] = changed.restrictsAddresses.map(text)
    }

    private func personal(_ personal: PersonalFields, _ cells: inout Cells) throws {
        cells["name"] = personal.name
        cells["metadata"] = try personal.metadata.map { try JSON.string($0) }
        cells["ip_allowlist"] = personal.ipAllowlist.map(list)
        cells["reason"] = personal.reason
        cells["client_address"] = personal.clientAddress
        cells["method"] = personal.method
        cells["path"] = personal.path
        cells["actor_label"] = personal.actorLabel
        cells["addresses"] = try personal.addresses.map { try JSON.string($0.entries.map { AddressCountDocument($0) }) }
        cells["other_addresses"] = personal.addresses.map { String($0.others) }
    }

    private func list(_ items: [String]) -> String { items.joined(separator: " ") }

    private func text(_ flag: Bool) -> String { flag ? "true" : "false" }
}

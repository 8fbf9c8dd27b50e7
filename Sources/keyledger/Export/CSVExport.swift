internal import KeyEvents
internal import KeyService
internal import KeyledgerHTTP

/// CSV (RFC 4180) in UTF-8: a line with the names of the columns, then a row an event, each ended by CR LF. What an event does not have
/// is empty. Lists are separated by spaces, which none of their items holds; metadata is a JSON object. Columns are only ever added
/// at the end. `scopes` and `environment` are those asked for where the event is a use or a refusal, `secret_id` the secret that was used.
struct CSVExport: EventExport {
    static let columns = [
        "position", "recorded_at", "occurred_at", "type", "key_id", "account_id", "actor_kind", "actor_id", "command_id", "count", "code",
        "reason_code", "secret_id", "hint", "environment", "scopes", "permissions", "expires_at", "changed", "decided_at_position",
        "decided_at", "first_at", "internal", "sealed", "name", "metadata", "ip_allowlist", "reason", "client_address", "method", "path",
    ]

    var head: String { CSVRow.text(Self.columns) }

    func text(_ recorded: RecordedEvent) throws -> String {
        var cells = try personal(recorded.personal).merging(body(recorded.event.body)) { $1 }
        cells.merge(envelope(recorded)) { $1 }
        return CSVRow.text(Self.columns.map { cells[$0] ?? "" })
    }

    private func envelope(_ recorded: RecordedEvent) -> [String: String] {
        let event = recorded.event
        return [
            "position": String(recorded.position), "recorded_at": event.recordedAt.description,
            "occurred_at": event.occurredAt?.description ?? "", "type": event.body.type,
            "key_id": event.keyID == .none ? "" : event.keyID.description,
            "account_id": event.accountID.description, "actor_kind": event.actor.kind.rawValue,
            "actor_id": event.actor.name(recorded.personal), "command_id": event.commandID,
            "sealed": event.sealed == nil ? "false" : "true",
        ]
    }

    private func body(_ body: Event.Body) -> [String: String] {
        switch body {
        case .created(let created):
            [
                "environment": created.environment, "secret_id": String(created.secret.id), "hint": created.secret.hint,
                "scopes": created.scopes.joined(separator: " "), "permissions": text(created.permissions),
                "expires_at": created.expiresAt?.description ?? "",
            ]
        case .used(let use): cells(use)
        case .refused(let use, let code): cells(use).merging(["code": code.name]) { $1 }
        case .revoked(let reasonCode): ["reason_code": reasonCode]
        case .changed(let changed): cells(changed)
        case .secretAdded(let secret, _, _): ["secret_id": String(secret.id), "hint": secret.hint]
        case .secretRetired(let secretID): ["secret_id": String(secretID)]
        case .expired, .disabled, .enabled, .logForked, .clockConfirmed, .logRead, .logKeyChanged, .accountErased, .unknown: [:]
        }
    }

    private func cells(_ use: Event.Use) -> [String: String] {
        [
            "count": String(use.count), "secret_id": String(use.secretID), "scopes": use.scopesAsked.joined(separator: " "),
            "environment": use.environmentAsked ?? "", "decided_at_position": String(use.decidedAtPosition),
            "decided_at": use.decidedAt.description, "first_at": use.firstAt?.description ?? "",
            "internal": use.isInternal ? "true" : "false",
        ]
    }

    private func cells(_ changed: Event.Changed) -> [String: String] {
        let names = [
            changed.scopes.map { _ in "scopes" }, changed.permissions.map { _ in "permissions" }, changed.expiry.map { _ in "expiresAt" },
            changed.replacesName ? "name" : nil, changed.replacesMetadata ? "metadata" : nil,
            changed.restrictsAddresses.map { _ in "ipAllowlist" },
        ]
        return [
            "changed": names.compactMap(\.self).joined(separator: " "), "scopes": (changed.scopes ?? []).joined(separator: " "),
            "permissions": text(changed.permissions ?? []), "expires_at": changed.expiry?.date?.description ?? "",
        ]
    }

    private func personal(_ personal: PersonalFields?) throws -> [String: String] {
        guard let personal else { return [:] }
        return [
            "name": personal.name ?? "", "metadata": try personal.metadata.map { try Document.text($0) } ?? "",
            "ip_allowlist": (personal.ipAllowlist ?? []).joined(separator: " "), "reason": personal.reason ?? "",
            "client_address": personal.clientAddress ?? "", "method": personal.method ?? "", "path": personal.path ?? "",
        ]
    }

    private func text(_ permissions: [Permission]) -> String { permissions.map(\.rawValue).joined(separator: " ") }
}

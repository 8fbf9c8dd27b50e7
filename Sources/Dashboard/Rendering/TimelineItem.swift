internal import KeyEvents
internal import KeyService
internal import Projections

/// A line of a key's history as people read it.
struct TimelineItem {
    private static let hour: Int64 = 3600

    let fields: Fields

    init(_ item: Timeline.Item, ledger: Ledger, reader: Caller) {
        switch item {
        case .hour(let start, let counts):
            fields = Self.hour(start, counts)
        case .event(_, let event, let personal):
            var fields = Self.words(event, personal)
            fields["eventIso"] = event.recordedAt.description
            fields["eventTimeText"] = Shown.time(event.recordedAt)
            fields["eventActor"] = Self.actor(event, personal, ledger, reader)
            self.fields = fields
        }
    }

    private static func hour(_ start: Timestamp, _ counts: UsageCounts) -> Fields {
        let refused = counts.refusals.filter { $0.value > 0 }.sorted { $0.value > $1.value }
        let refusals = refused.map { "\(Shown.count($0.value, "refusal")): \($0.key.name)" }
        let titles = (counts.uses > 0 ? [Shown.count(counts.uses, "use")] : []) + refusals
        let end = start.adding(seconds: hour)
        return [
            "eventKind": counts.uses > 0 ? "used" : "refused", "eventTitle": titles.joined(separator: "; "),
            "eventIso": start.description, "eventTimeText": Shown.time(start), "eventEndIso": end.description,
            "eventEndText": Shown.clock(end),
        ]
    }

    private static func words(_ event: Event, _ personal: PersonalFields?) -> Fields {
        switch event.body {
        case .created(let created):
            return [
                "eventKind": "created", "eventTitle": personal?.name.map { "Created as “\($0)”" } ?? "Created",
                "eventDetail": created.expiresAt.map { "Expires " + Shown.time($0) },
            ]
        case .revoked: return ["eventKind": "revoked", "eventTitle": "Revoked", "eventDetail": personal?.reason]
        case .expired: return ["eventKind": "expired", "eventTitle": "Expired"]
        case .disabled: return ["eventKind": "disabled", "eventTitle": "Disabled"]
        case .enabled: return ["eventKind": "enabled", "eventTitle": "Enabled"]
        case .changed(let changed): return Self.change(changed, personal)
        case .secretAdded(let secret, _, _): return ["eventKind": "secret", "eventTitle": "New secret", "eventDetail": secret.hint]
        case .secretRetired: return ["eventKind": "secret", "eventTitle": "Old secret retired"]
        case .used, .refused, .logForked, .accountErased, .logKeyChanged, .clockConfirmed, .logRead, .unknown:
            return ["eventKind": "changed", "eventTitle": event.body.type]
        }
    }

    private static func change(_ changed: Event.Changed, _ personal: PersonalFields?) -> Fields {
        var details: [String] = []
        if let scopes = changed.scopes { details.append(scopes.isEmpty ? "No scopes" : "Scopes: " + scopes.joined(separator: ", ")) }
        if let permissions = changed.permissions {
            details.append(permissions.isEmpty ? "No permissions" : "Permissions: " + permissions.map(\.rawValue).joined(separator: ", "))
        }
        if let expiry = changed.expiry { details.append(expiry.date.map { "Expires " + Shown.time($0) } ?? "Never expires") }
        if changed.replacesMetadata { details.append("Metadata") }
        if let restricts = changed.restrictsAddresses {
            let networks = personal?.ipAllowlist.map { ": " + $0.joined(separator: ", ") } ?? ""
            details.append(restricts ? "Allowed addresses" + networks : "Any address allowed")
        }
        let isRenamed = changed.replacesName
        return [
            "eventKind": "changed",
            "eventTitle": isRenamed ? personal?.name.map { "Renamed to “\($0)”" } ?? "Renamed" : "Changed",
            "eventDetail": details.isEmpty ? nil : details.joined(separator: "; "),
        ]
    }

    /// A key is named only to whoever may see it.
    private static func actor(_ event: Event, _ personal: PersonalFields?, _ ledger: Ledger, _ reader: Caller) -> String? {
        switch event.actor.kind {
        case .operator: return "the operator"
        case .account: return personal?.actorLabel ?? "somebody of the account"
        case .key:
            guard let id = KeyID(event.actor.id), let key = try? ledger.keyView(id, for: reader) else { return "a key of the operator" }
            return "the key " + KeyRow.name(key)
        case .system: return nil
        case .import: return "an import"
        case .unknown: return nil
        }
    }
}

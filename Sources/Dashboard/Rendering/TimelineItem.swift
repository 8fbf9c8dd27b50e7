internal import KeyEvents
internal import Ledger
internal import LedgerQueries
internal import Projections

/// One line of a key's history, as people read it.
struct TimelineItem {
    private static let hour = Duration.seconds(3600)

    let fields: TemplateContext

    init(_ item: Timeline.Item, ledger: Ledger, reader: Caller) {
        switch item {
        case .hour(let start, let counts):
            fields = Self.hour(start, counts)
        case .event(let recorded):
            let recorded = ledger.events.disclosed(recorded, to: reader)
            let event = recorded.event
            let description = EventDescription(recorded, time: Format.time)
            var fields = Self.title(recorded)
            fields["eventIso"] = event.recordedAt.description
            fields["eventTimeText"] = Format.time(event.recordedAt)
            fields["eventActor"] = Self.actor(recorded, ledger, reader)
            fields["eventSource"] = description.source
            fields["eventReason"] = description.reason
            fields["eventDetails"] = description.details.filter { $0.label != "name" || $0.before != nil }.map { detail in
                [
                    "detailLabel": detail.label.isEmpty ? nil : detail.label.prefix(1).uppercased() + detail.label.dropFirst(),
                    "detailBefore": detail.before, "detailValue": detail.value,
                ] as TemplateContext
            }
            self.fields = fields
        }
    }

    private static func hour(_ start: Timestamp, _ counts: UsageCounts) -> TemplateContext {
        let refused = counts.refusals.filter { $0.value > 0 }.sorted { $0.value > $1.value }
        let refusals = refused.map { "\(Format.count($0.value, "refusal")): \($0.key.name)" }
        let titles = (counts.uses > 0 ? [Format.count(counts.uses, "use")] : []) + refusals
        let end = start + hour
        return [
            "eventKind": counts.uses > 0 ? "used" : "refused", "eventTitle": titles.joined(separator: "; "),
            "eventIso": start.description, "eventTimeText": Format.time(start), "eventEndIso": end.description,
            "eventEndText": Format.clock(end),
        ]
    }

    private static func title(_ recorded: RecordedEvent) -> TemplateContext {
        let name = recorded.personal?.name
        switch recorded.event.body {
        case .created: return ["eventKind": "created", "eventTitle": name.map { "Created as “\(DisplayText.sanitized($0))”" } ?? "Created"]
        case .revoked: return ["eventKind": "revoked", "eventTitle": "Revoked"]
        case .expired: return ["eventKind": "expired", "eventTitle": "Expired"]
        case .disabled: return ["eventKind": "disabled", "eventTitle": "Disabled"]
        case .enabled: return ["eventKind": "enabled", "eventTitle": "Enabled"]
        case .changed(let changed):
            let title = changed.replacesName ? name.map { "Renamed to “\(DisplayText.sanitized($0))”" } ?? "Renamed" : "Changed"
            return ["eventKind": "changed", "eventTitle": title]
        case .secretAdded: return ["eventKind": "secret", "eventTitle": "New secret"]
        case .secretRetired: return ["eventKind": "secret", "eventTitle": "Old secret retired"]
        case .used, .refused, .logForked, .accountErased, .accountChanged, .logKeyChanged, .clockConfirmed, .logRead, .unknown:
            return ["eventKind": "changed", "eventTitle": recorded.event.body.type]
        }
    }

    /// Describes the actor of an event. A key is named only to users who may see it.
    private static func actor(_ recorded: RecordedEvent, _ ledger: Ledger, _ reader: Caller) -> String? {
        let (actor, person) = (recorded.event.actor, recorded.personal?.actorLabel.map(DisplayText.sanitized))
        switch actor.kind {
        case .operator: return "the operator" + (person.map { " (\($0))" } ?? "")
        case .account: return person ?? "somebody of the account"
        case .key:
            guard let id = KeyID(actor.id), let key = try? ledger.keys.decryptedKey(id, for: reader) else { return "a key of the operator" }
            return "the key " + KeyRow.name(key) + (person.map { ", for \($0)" } ?? "")
        case .system: return nil
        case .import: return "an import"
        case .unknown: return nil
        }
    }
}

internal import KeyEvents
internal import Ledger
internal import LedgerQueries

/// An event of a key other than a use or refusal, as people read it.
struct TimelineItem {
    let fields: TemplateContext

    /// Describes an event that was read on behalf of `reader`.
    init(_ recorded: RecordedEvent, ledger: Ledger, reader: Caller) {
        let event = recorded.event
        let description = EventDescription(recorded, time: Format.time)
        let (kind, title) = Self.title(recorded)
        fields = [
            "eventKind": kind, "eventTitle": title, "eventIso": event.recordedAt.description,
            "eventTimeText": Format.time(event.recordedAt), "eventActor": ActorText.text(recorded, ledger, reader),
            "eventSource": description.source, "eventReason": description.reason,
            "eventDetails": Self.details(description).map { detail in
                [
                    "detailLabel": detail.label.isEmpty ? nil : detail.label.prefix(1).uppercased() + detail.label.dropFirst(),
                    "detailBefore": detail.before, "detailValue": detail.value,
                ] as TemplateContext
            },
        ]
    }

    /// The items of a description that the title of the event does not say.
    static func details(_ description: EventDescription) -> [EventDescription.Detail] {
        // The code of a revocation for which nothing was said says nothing.
        description.details.filter { ($0.label != "name" || $0.before != nil) && !($0.label.isEmpty && $0.value == "unspecified") }
    }

    /// Returns the kind of an event, which its mark shows, and its title.
    static func title(_ recorded: RecordedEvent) -> (kind: String, title: String) {
        let name = recorded.personal?.name
        switch recorded.event.body {
        case .created: return ("created", name.map { "Created as “\(DisplayText.sanitized($0))”" } ?? "Created")
        case .revoked: return ("revoked", "Revoked")
        case .expired: return ("expired", "Expired")
        case .disabled: return ("disabled", "Disabled")
        case .enabled: return ("enabled", "Enabled")
        case .changed(let changed):
            let heading = ChangeHeading(changed, recorded.personal, before: recorded.before)
            return (heading.isWidening ? "widened" : "changed", heading.text)
        case .secretAdded: return ("secret", "New secret")
        case .secretRetired: return ("secret", "Old secret retired")
        case .used, .refused, .logForked, .accountErased, .accountChanged, .logKeyChanged, .clockConfirmed, .logRead, .unknown:
            return ("changed", recorded.event.body.type)
        }
    }
}

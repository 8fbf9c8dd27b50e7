internal import KeyEvents

/// Describes an event of a key's history in one sentence: what happened, who did it, from where, and why.
package enum EventSummary {
    package static func text(_ recorded: RecordedEvent) -> String {
        let description = EventDescription(recorded)
        let details = description.details.map(\.text).joined(separator: "; ")
        return deed(recorded.event.body) + (details.isEmpty ? "" : " (\(details))")
            + " by \(actor(recorded.event.actor, description.person))" + (description.source.map { ", from \($0)" } ?? "")
            + (description.reason.map { ": \($0)" } ?? "") + "."
            + (description.isUnreadable ? " The personal fields recorded with it can no longer be read." : "")
    }

    private static func deed(_ body: Event.Body) -> String {
        switch body {
        case .created: "The key was made"
        case .used: "The key was used"
        case .refused: "The key was refused"
        case .revoked: "The key was revoked for good"
        case .expired: "That the key had expired was recorded"
        case .changed: "The key was changed"
        case .disabled: "The key was disabled"
        case .enabled: "The key was enabled again"
        case .secretAdded(let secret, _, _): "The key was given the secret number \(secret.id)"
        case .secretRetired(let number): "The secret number \(number) of the key was ended"
        case .logForked: "The log went on as a new one"
        case .clockConfirmed: "The clock was confirmed"
        case .logRead: "Others' data was read"
        case .logKeyChanged: "Another key signs the log from here on"
        case .accountErased: "The personal fields of the account were erased"
        case .accountChanged: "What the account is allowed was changed"
        case .unknown(let field): "Something that only a newer version of the program knows (\(field)) was recorded"
        }
    }

    /// The actor in words; `person` comes in quotes.
    private static func actor(_ actor: Actor, _ person: String?) -> String {
        let id = DisplayText.word(actor.id)
        return switch actor.kind {
        case .operator: actor == .commandLine ? "the operator's command line" + (person.map { " (\($0))" } ?? "") : "the operator"
        case .account: "\(person ?? DisplayText.quoted(actor.id)) of the account"
        case .key: "the key \(id)" + (person.map { ", for \($0)" } ?? "")
        case .system:
            actor == .sweep
                ? "the ledger itself, since its time had come"
                : actor == .firstUse ? "the ledger itself, with the first use of a newer one" : "the ledger itself (\(id))"
        case .import: "an import (\(id))"
        case .unknown: "somebody whom this version does not know (\(id))"
        }
    }
}

internal import KeyEvents
internal import Ledger
internal import LedgerQueries

/// The text of an event for people: one line, or lines folded to the terminal's width.
enum EventLine {
    static func text(_ recorded: RecordedEvent) -> String {
        let event = recorded.event
        var parts = ["\(recorded.position)", event.recordedAt.description, event.body.type]
        if event.keyID != .none { parts.append(event.keyID.description) }
        return FoldedText.text(parts + EventDescription(recorded).parts)
    }
}

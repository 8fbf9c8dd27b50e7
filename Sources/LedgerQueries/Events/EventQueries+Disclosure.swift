internal import KeyEvents
public import Ledger

extension EventQueries {
    /// The event as its caller may see it. Whoever sees one account alone is not told which key of another acted on it, nor under
    /// which command id: of the operator, who acts on all accounts, only that it was the operator; not who of them, and not from where.
    public func disclosed(_ recorded: RecordedEvent, to caller: Caller) -> RecordedEvent {
        var event = recorded.event
        guard let account = caller.visibleAccount, event.actor.kind == .key || event.actor.kind == .operator else { return recorded }
        let isOwn = event.actor.kind == .key && (try? KeyID(event.actor.id).flatMap { try ledger.key($0) }?.accountID) == account
        guard !isOwn else { return recorded }
        event.actor = Actor(kind: .operator, id: AccountID.operator.description)
        event.commandID = ""
        event.correlationID = ""
        var personal = recorded.personal
        personal?.actorLabel = nil
        // Of a use it is the address of the account's own caller.
        if event.body.isLifecycle { personal?.clientAddress = nil }
        if case .accountErased(var erasure) = event.body {
            erasure.localUserID = nil
            event.body = .accountErased(erasure)
        }
        if case .accountChanged(var change) = event.body {
            change.localUserID = nil
            event.body = .accountChanged(change)
        }
        return RecordedEvent(position: recorded.position, event: event, personal: personal, before: recorded.before)
    }
}

public import KeyEvents

extension Ledger {
    /// The event as its caller may see it. Whoever sees one account alone is not told which key of another acted on it, nor under
    /// which command id: of the operator, who acts on all accounts, only that it was the operator.
    public func disclosed(_ event: Event, to caller: Caller) -> Event {
        guard let account = caller.visibleAccount, event.actor.kind == .key || event.actor.kind == .operator else { return event }
        let isOwn = event.actor.kind == .key && (try? KeyID(event.actor.id).flatMap { try key($0) }?.accountID) == account
        guard !isOwn else { return event }
        var event = event
        event.actor = Actor(kind: .operator, id: AccountID.operator.description)
        event.commandID = ""
        event.correlationID = ""
        return event
    }

    /// As above; nor who acted for the operator on a key, or from where.
    public func disclosed(_ recorded: RecordedEvent, to caller: Caller) -> RecordedEvent {
        let event = disclosed(recorded.event, to: caller)
        var personal = recorded.personal
        if event.body.isLifecycle, event.actor.kind == .operator, caller.visibleAccount != nil {
            personal?.actorLabel = nil
            personal?.clientAddress = nil
        }
        return RecordedEvent(position: recorded.position, event: event, personal: personal, before: recorded.before)
    }
}

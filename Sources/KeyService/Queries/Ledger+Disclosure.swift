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
        if case .accountErased(var erasure) = event.body {
            erasure.localUserID = nil
            event.body = .accountErased(erasure)
        }
        return event
    }
}

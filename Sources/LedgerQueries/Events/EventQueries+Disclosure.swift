internal import KeyEvents
public import Ledger

extension EventQueries {
    /// Redacts an event for its reader. A caller who sees one account alone does not learn which key of another account acted on it,
    /// nor the command id; of an operator it learns that the operator acted, but not who and from where.
    ///
    /// - Parameters:
    ///   - recorded: the event.
    ///   - caller: who reads the event.
    /// - Returns: the event as the caller may see it.
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
        // The address in a use belongs to the account's own caller.
        if event.body.isLifecycle { personal?.clientAddress = nil }
        if case .accountErased(var erasure) = event.body {
            erasure.localUserID = nil
            event.body = .accountErased(erasure)
        }
        if case .accountChanged(var change) = event.body {
            change.localUserID = nil
            event.body = .accountChanged(change)
        }
        return RecordedEvent(
            position: recorded.position, event: event, personal: personal, before: recorded.before, rulesBefore: recorded.rulesBefore)
    }
}

internal import KeyEvents
internal import Validation

/// A presentation of a known key, on its way to the log.
struct UseNote: Sendable {
    let keyID: KeyID
    let accountID: AccountID
    let actor: Actor
    /// `nil`: accepted.
    let refusal: RefusalCode?
    var use: Event.Use
    let sealed: SealedFields?

    init(
        _ key: Verdict.KnownKey, _ refusal: RefusalCode?, question: Question, position: UInt64, decidedAt: Timestamp, actor: Actor,
        sealed: SealedFields?, isInternal: Bool = false
    ) {
        keyID = key.id
        accountID = key.accountID
        self.actor = actor
        self.refusal = refusal
        use = Event.Use(
            secretID: key.secretID, scopesAsked: question.scopes, environmentAsked: question.environment,
            decidedAtPosition: position, decidedAt: decidedAt, isInternal: isInternal)
        self.sealed = sealed
    }

    var event: Event {
        Event(
            keyID: keyID, accountID: accountID, actor: actor, sealed: sealed,
            body: refusal.map { .refused(use, $0) } ?? .used(use))
    }
}

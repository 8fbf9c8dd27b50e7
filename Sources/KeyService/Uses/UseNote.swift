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
    /// Where it came from.
    private let personal: PersonalFields
    /// `personal`, once it is.
    private var sealed: SealedFields?

    init(
        _ key: Verdict.KnownKey, _ refusal: RefusalCode?, question: Question, position: UInt64, decidedAt: Timestamp, actor: Actor,
        personal: PersonalFields, isInternal: Bool = false
    ) {
        keyID = key.id
        accountID = key.accountID
        self.actor = actor
        self.refusal = refusal
        use = Event.Use(
            secretID: key.secretID, scopesAsked: question.scopes, environmentAsked: question.environment,
            decidedAtPosition: position, decidedAt: decidedAt, isInternal: isInternal)
        self.personal = personal
    }

    /// Where nothing can be sealed, it counts without where it came from.
    func sealed(by vault: Vault) throws -> UseNote {
        guard sealed == nil, !personal.isEmpty else { return self }
        var note = self
        note.sealed = try vault.sealIfPossible(personal, for: event)
        return note
    }

    /// As it was decided again: what is sealed belongs to one decision.
    func decided(at position: UInt64, _ time: Timestamp, by vault: Vault) -> UseNote {
        var note = self
        note.use.decidedAtPosition = position
        note.use.decidedAt = time
        note.sealed = nil
        return (try? note.sealed(by: vault)) ?? note
    }

    /// About what the record takes in the file, where one that is larger than half a page has pages of its own.
    var recordBytes: Int {
        let bytes = 320 + use.scopesAsked.reduce(0) { $0 + $1.utf8.count + 3 } + (sealed?.ciphertext.count ?? (personal.isEmpty ? 0 : 160))
        return bytes < 2000 ? bytes : (bytes + 4095) / 4096 * 4096
    }

    var event: Event {
        Event(
            keyID: keyID, accountID: accountID, actor: actor, sealed: sealed,
            body: refusal.map { .refused(use, $0) } ?? .used(use))
    }
}

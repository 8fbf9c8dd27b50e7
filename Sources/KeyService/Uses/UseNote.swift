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
    private(set) var sealed: SealedFields?
    /// Where it came from, to be sealed when it is recorded.
    private var unsealed: PersonalFields?

    init(
        _ key: Verdict.KnownKey, _ refusal: RefusalCode?, question: Question, position: UInt64, decidedAt: Timestamp, actor: Actor,
        sealed: SealedFields?, unsealed: PersonalFields? = nil, isInternal: Bool = false
    ) {
        keyID = key.id
        accountID = key.accountID
        self.actor = actor
        self.refusal = refusal
        use = Event.Use(
            secretID: key.secretID, scopesAsked: question.scopes, environmentAsked: question.environment,
            decidedAtPosition: position, decidedAt: decidedAt, isInternal: isInternal)
        self.sealed = sealed
        self.unsealed = unsealed
    }

    /// Where nothing can be sealed, it counts without where it came from.
    func sealed(by vault: Vault) -> UseNote {
        guard let unsealed else { return self }
        var note = self
        note.unsealed = nil
        note.sealed = (try? vault.sealIfPossible(unsealed, keyID: keyID, account: accountID)) ?? nil
        return note
    }

    /// About what the record takes in the file, where one that is larger than half a page has pages of its own.
    var recordBytes: Int {
        let bytes = 320 + use.scopesAsked.reduce(0) { $0 + $1.utf8.count + 3 } + (sealed?.ciphertext.count ?? (unsealed == nil ? 0 : 128))
        return bytes < 2000 ? bytes : (bytes + 4095) / 4096 * 4096
    }

    var event: Event {
        Event(
            keyID: keyID, accountID: accountID, actor: actor, sealed: sealed,
            body: refusal.map { .refused(use, $0) } ?? .used(use))
    }
}

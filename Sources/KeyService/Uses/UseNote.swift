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
    private var address: IPAddress?

    init(
        _ key: Verdict.KnownKey, _ refusal: RefusalCode?, question: Question, position: UInt64, decidedAt: Timestamp, actor: Actor,
        sealed: SealedFields?, address: IPAddress? = nil, isInternal: Bool = false
    ) {
        keyID = key.id
        accountID = key.accountID
        self.actor = actor
        self.refusal = refusal
        use = Event.Use(
            secretID: key.secretID, scopesAsked: question.scopes, environmentAsked: question.environment,
            decidedAtPosition: position, decidedAt: decidedAt, isInternal: isInternal)
        self.sealed = sealed
        self.address = address
    }

    /// Where nothing can be sealed, it counts without where it came from.
    func sealed(by vault: Vault) -> UseNote {
        guard let address else { return self }
        var note = self
        note.address = nil
        let personal = PersonalFields(clientAddress: address.description)
        note.sealed = (try? vault.sealIfPossible(personal, keyID: keyID, account: accountID)) ?? nil
        return note
    }

    /// About what the record takes in the file, where one that is larger than half a page has pages of its own.
    var recordBytes: Int {
        let bytes = 320 + use.scopesAsked.reduce(0) { $0 + $1.utf8.count + 3 } + (sealed?.ciphertext.count ?? (address == nil ? 0 : 128))
        return bytes < 2000 ? bytes : (bytes + 4095) / 4096 * 4096
    }

    var event: Event {
        Event(
            keyID: keyID, accountID: accountID, actor: actor, sealed: sealed,
            body: refusal.map { .refused(use, $0) } ?? .used(use))
    }
}

internal import KeyEvents
internal import Storage
internal import Validation

/// A presentation of a known key, or several, to be recorded.
struct UseNote: Sendable {
    let keyID: KeyID
    let accountID: AccountID
    let actor: Actor
    /// Why the presentations were refused; `nil` where they were accepted.
    private(set) var refusal: RefusalCode?
    var use: Event.Use
    /// The source of the last presentation; `addresses` counts those of all.
    private var context: UseContext
    private var addresses: AddressCounts
    /// The account's data key when the presentation came: what came before an erasure is not sealed with a later key.
    private var dataKey: FileIdentity?
    /// The sealed form of `context` and `addresses`, once it exists.
    private var sealed: SealedFields?

    /// Makes the note of one presentation; `dataKey` is the account's current one (`Vault.recentIdentity`).
    init(
        _ key: Verdict.KnownKey, _ refusal: RefusalCode?, question: Question, position: UInt64, decidedAt: Timestamp, actor: Actor,
        context: UseContext = UseContext(), dataKey: FileIdentity? = nil, isInternal: Bool = false, permissionAsked: String? = nil
    ) {
        keyID = key.id
        accountID = key.accountID
        self.actor = actor
        self.refusal = refusal
        use = Event.Use(
            secretID: key.secretID, scopesAsked: question.scopes, environmentAsked: question.environment,
            decidedAtPosition: position, decidedAt: decidedAt, isInternal: isInternal, permissionAsked: permissionAsked)
        self.context = context
        addresses = AddressCounts(context.address)
        self.dataKey = dataKey
    }

    /// The note with its source sealed; where nothing can be sealed it is recorded without its source.
    func sealed(by vault: Vault) throws -> UseNote {
        guard sealed == nil else { return self }
        var personal = context.personal
        if use.count > 1, addresses.isAnyKnown { personal.addresses = addresses }
        guard !personal.isEmpty, vault.recentIdentity(accountID) == dataKey else { return self }
        var note = self
        note.sealed = try vault.sealIfPossible(personal, for: event)
        return note
    }

    /// The note as a refusal, where a call to Keyledger turned out to be denied.
    func denied(_ denial: CallDenial) -> UseNote {
        var note = self
        note.refusal = .permissionDenied
        note.use.permissionAsked = denial.permission?.rawValue
        note.sealed = nil
        return note
    }

    /// Merges two notes into one with everything that the later one says: position, time, what was asked and the source belong to one
    /// decision, which can be evaluated again. The higher position of the two with the later time might belong to no decision. Only the
    /// addresses are added up.
    mutating func merge(_ other: UseNote) {
        let isOtherLater =
            (use.decidedAt, use.decidedAtPosition) <= (other.use.decidedAt, other.use.decidedAtPosition)
        let (earlier, last) = isOtherLater ? (self, other) : (other, self)
        var later = last
        later.use.count = earlier.use.count.saturatingAdding(last.use.count)
        later.use.firstAt = min(earlier.use.firstAt ?? earlier.use.decidedAt, later.use.firstAt ?? later.use.decidedAt)
        later.addresses = addresses
        later.addresses.add(other.addresses)
        if dataKey != other.dataKey {
            later.addresses = earlier.addresses.forgotten
            later.addresses.add(last.addresses)
        }
        later.sealed = nil
        self = later
    }

    /// The note as it was decided again, sealed anew, since the sealed fields belong to one decision.
    func decided(at position: UInt64, _ time: Timestamp, by vault: Vault) -> UseNote {
        var note = self
        note.use.decidedAtPosition = position
        note.use.decidedAt = time
        note.sealed = nil
        return (try? note.sealed(by: vault)) ?? note
    }

    /// About how many bytes the record takes in the file, where a record of more than half a page has pages of its own.
    var recordBytes: Int {
        let personal = 160 + 48 * addresses.entries.count + (context.path?.utf8.count ?? 0)
        let bytes = 320 + use.scopesAsked.reduce(0) { $0 + $1.utf8.count + 3 } + (sealed?.ciphertext.count ?? personal)
        return bytes < 2000 ? bytes : (bytes + 4095) / 4096 * 4096
    }

    var event: Event {
        Event(
            keyID: keyID, accountID: accountID, actor: actor, sealed: sealed,
            body: refusal.map { .refused(use, $0) } ?? .used(use))
    }
}

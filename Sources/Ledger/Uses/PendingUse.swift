internal import KeyEvents
internal import Storage
internal import Validation

/// One or several presentations of a known key that are not recorded yet.
struct PendingUse: Sendable {
    let keyID: KeyID
    let accountID: AccountID
    let actor: Actor
    /// Why the key was refused; `nil` where it was accepted.
    private(set) var refusal: RefusalCode?
    var use: Event.Use
    /// The source of the presentation, or of the last one where there are several.
    private var context: UseContext
    /// The addresses of all presentations.
    private var addresses: AddressCounts
    /// The account's data key at the time of the verdict: a use from before an erasure is not sealed under a key that was made after
    /// it.
    private var dataKey: FileIdentity?
    /// The sealed form of `context` and `addresses`; `nil` until they are sealed.
    private var sealed: SealedFields?

    /// Makes a pending use. `dataKey` is the account's data key as it is now (`Vault.recentIdentity`).
    init(
        _ key: Verdict.KnownKey, _ refusal: RefusalCode?, accessCheck: AccessCheck, position: UInt64, decidedAt: Timestamp, actor: Actor,
        context: UseContext = UseContext(), dataKey: FileIdentity? = nil, isInternal: Bool = false, permissionAsked: String? = nil
    ) {
        keyID = key.id
        accountID = key.accountID
        self.actor = actor
        self.refusal = refusal
        use = Event.Use(
            secretID: key.secretID, scopesAsked: accessCheck.scopes, environmentAsked: accessCheck.environment,
            decidedAtPosition: position, decidedAt: decidedAt, isInternal: isInternal, permissionAsked: permissionAsked)
        self.context = context
        addresses = AddressCounts(context.address)
        self.dataKey = dataKey
    }

    /// Returns the use with its source sealed. Where nothing can be sealed, the use counts without its source.
    func sealed(by vault: Vault) throws -> PendingUse {
        guard sealed == nil else { return self }
        var personal = context.personal
        if use.count > 1, addresses.isAnyKnown { personal.addresses = addresses }
        guard !personal.isEmpty, vault.recentIdentity(accountID) == dataKey else { return self }
        var note = self
        note.sealed = try vault.sealIfPossible(personal, for: event)
        return note
    }

    /// Returns the same presentation as a refusal, since the call to Keyledger was denied.
    func denied(_ denial: CallDenial) -> PendingUse {
        var note = self
        note.refusal = .permissionDenied
        note.use.permissionAsked = denial.permission?.rawValue
        note.sealed = nil
        return note
    }

    /// Adds the presentations of `other`. The sum has all properties of the later of the two: its position, time, request and source
    /// belong to one decision, which can be decided again. The higher position together with the later time might be those of no
    /// decision at all. Only the addresses are counted one by one.
    mutating func merge(_ other: PendingUse) {
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

    /// Returns the same use, as it was decided again at `position`. It is sealed anew, since sealed fields belong to one decision.
    func decided(at position: UInt64, _ time: Timestamp, by vault: Vault) -> PendingUse {
        var note = self
        note.use.decidedAtPosition = position
        note.use.decidedAt = time
        note.sealed = nil
        return (try? note.sealed(by: vault)) ?? note
    }

    /// The approximate size of the record in the file, in bytes; a record that is larger than half a page has pages of its own.
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

public import EventLog
internal import Storage

/// Checkpoints: what is signed of the log, and who has seen it.
extension LedgerLog {
    /// Names the log in its checkpoints of now (`LogOrigin`).
    public var origin: String { "\(ledger.signing.origin)" }

    /// The origin of now, and how the log came to it.
    public func identity() throws -> (succession: LogSuccession, origin: LogOrigin) { try ledger.signing.identity() }

    public var checkpoints: CheckpointFolder { ledger.signing.checkpoints }

    public var tiles: Tiles { Tiles(reader) }

    /// What checks the signatures under checkpoints: to be kept by whoever checks them, apart from this ledger. `nil`: the
    /// key that signs is lost, and with it what would check it. Makes no key.
    public func knownVerifier() throws -> NoteVerifier? { try ledger.signing.knownVerifier() }

    /// As above, where the key that signs is at hand; makes the one that the log begins with.
    public func logVerifier() throws -> NoteVerifier? {
        do { return try ledger.signing.signer().verifier } catch LedgerError.signingKeyMissing { return nil }
    }

    /// Why nothing new can be signed: the key is lost, is another, or cannot be read. `nil`: it can.
    public var signingProblem: LedgerError? { ledger.signing.problem() }

    /// Signs what is durable now, unless a checkpoint covers it already; answers the newest checkpoint.
    @discardableResult
    public func signCheckpoint() throws -> SignedNote {
        try ledger.standing.requireNewestCopy()
        return try ledger.signing.sign()
    }

    /// The newest checkpoint, with what witnesses put under it; `nil`: nothing was signed yet.
    public func newestCheckpoint() throws -> SignedNote? {
        // Of an older copy the newest checkpoint speaks of records that are not there.
        try ledger.standing.requireNewestCopy()
        return try checkpoints.newest()
    }
}

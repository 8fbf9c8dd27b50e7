public import EventLog
internal import Storage

/// The signed checkpoints of the log, the keys that sign and verify them, and the check of the log against them.
extension LedgerLog {
    /// The origin that names the log in its current checkpoints (`LogOrigin`).
    public var origin: String { "\(ledger.signing.origin)" }

    /// Reads the log's current origin and the forks and key changes that led to it.
    ///
    /// - Returns: the succession of origins, and the current one.
    /// - Throws: the errors of reading the log.
    public func identity() throws -> (succession: LogSuccession, origin: LogOrigin) { try ledger.signing.identity() }

    /// The directory of the signed checkpoints.
    public var checkpoints: CheckpointFolder { ledger.signing.checkpoints }

    /// The tiles of the log's Merkle tree.
    public var tiles: Tiles { Tiles(reader) }

    /// Reads the key that verifies the log's checkpoints, for auditors to keep apart from this ledger. Makes no key.
    ///
    /// - Returns: the verifier key; `nil` where the signing key is lost and nothing else tells the verifier key, and where no key was
    ///   made yet.
    /// - Throws: `LedgerError.signingKeyDiffers` where the vault holds another key; the errors of reading the vault, the log and the
    ///   checkpoints.
    public func knownVerifier() throws -> NoteVerifier? { try ledger.signing.knownVerifier() }

    /// Reads the verifier key of the signing key at hand; makes the log's first signing key where none was ever made.
    ///
    /// - Returns: the verifier key; `nil` where the signing key is missing.
    /// - Throws: `LedgerError.signingKeyDiffers` where the vault holds another key; the errors of reading the vault, the log and the
    ///   checkpoints.
    public func logVerifier() throws -> NoteVerifier? {
        do { return try ledger.signing.signer().verifier } catch LedgerError.signingKeyMissing { return nil }
    }

    /// Why no new checkpoint can be signed: the signing key is lost, is another one, or cannot be read. `nil` where signing works.
    public var signingProblem: LedgerError? { ledger.signing.problem() }

    /// Signs a checkpoint of all durable records, unless one covers them already.
    ///
    /// - Returns: the newest checkpoint.
    /// - Throws: `LedgerError` where the log is not the newest copy, does not extend what was signed, or the signing key is missing or
    ///   another one; the errors of reading the log and of writing the checkpoint.
    @discardableResult
    public func signCheckpoint() throws -> SignedNote {
        try ledger.standing.requireNewestCopy()
        return try ledger.signing.sign()
    }

    /// Reads the newest checkpoint, with its cosignatures.
    ///
    /// - Returns: the signed note; `nil` where nothing was signed yet.
    /// - Throws: `LedgerError` where the log is not the newest copy; the errors of reading the checkpoints.
    public func newestCheckpoint() throws -> SignedNote? {
        // The newest checkpoint covers records that an older copy lacks.
        try ledger.standing.requireNewestCopy()
        return try checkpoints.newest()
    }
}

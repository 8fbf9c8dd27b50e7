public import EventLog
internal import Storage

/// Checkpoints: what is signed of the log, and who has seen it.
extension Ledger {
    /// Names the log in its checkpoints of now (`LogOrigin`).
    public var origin: String { "\(signing.origin)" }

    /// The origin of now, and how the log came to it.
    public func identity() throws -> (succession: LogSuccession, origin: LogOrigin) { try signing.identity() }

    public var checkpoints: CheckpointFolder { signing.checkpoints }

    public var tiles: Tiles { Tiles(reader) }

    /// What checks the signatures under checkpoints: to be kept by whoever checks them, apart from this ledger. `nil`: the
    /// key that signs is lost, and with it what would check it. Makes no key.
    public func knownVerifier() throws -> NoteVerifier? { try signing.knownVerifier() }

    /// As above, where the key that signs is at hand; makes the one that the log begins with.
    public func logVerifier() throws -> NoteVerifier? {
        do { return try signing.signer().verifier } catch LedgerError.signingKeyMissing { return nil }
    }

    /// Why nothing new can be signed: the key is lost, is another, or cannot be read. `nil`: it can.
    public var signingProblem: LedgerError? { signing.problem() }

    /// Signs what is durable now, unless a checkpoint covers it already; answers the newest checkpoint.
    @discardableResult
    public func signCheckpoint() throws -> SignedNote {
        try standing.requireNewestCopy()
        return try signing.sign()
    }

    /// The newest checkpoint, with what witnesses put under it; `nil`: nothing was signed yet.
    public func newestCheckpoint() throws -> SignedNote? {
        // Of an older copy the newest checkpoint speaks of records that are not there.
        try standing.requireNewestCopy()
        return try checkpoints.newest()
    }

    /// Holds the log against what was signed of it. Of an older copy, or another log, nothing is validated: keys that were revoked since
    /// would be let in.
    func holdAgainstCheckpoints() {
        do {
            try signing.holdAgainstCheckpoints { options.report("\($0). Look closer with: keyledger audit verify") }
            standing.suspend(nil)
        } catch let error as LedgerError {
            options.report("\(error)")
            standing.suspend(error)
        } catch {
            // Not knowing whether this is the newest copy is no ground to let anybody in.
            let problem = LedgerError.notAsSigned(path: folder.path, problem: "it could not be held against its checkpoints: \(error)")
            options.report("\(problem)")
            standing.suspend(problem)
        }
    }

    /// Signs where nobody waits for it; what is wrong is told once.
    func signOnSchedule(until deadline: Deadline = .lockWait) {
        var words: String?
        do { _ = try signing.sign(until: deadline) } catch {
            words = "No checkpoint could be signed: \(error)"
            if let error = error as? LedgerError, LogStanding.isSuspension(error) { standing.suspend(error) }
        }
        if signing.isNews(words), let words { options.report(words) }
    }
}

package import Bytes
package import EventLog
package import KeyEvents
internal import Projections
package import Storage

extension LedgerLog {
    /// Makes the log a new one, with a new id and origin, which continues the existing records. Keys that had ended in a newer copy of
    /// the log end here too, in the same transaction. Every process that has the ledger open has to open it again.
    ///
    /// - Parameters:
    ///   - newer: The end of a newer copy of the log; `nil` where there is none.
    ///   - caller: The caller that forks the log.
    /// - Returns: What was done, and what cannot be known.
    /// - Throws: `ForkRefusal` where the newer copy restricts too many keys, or has allowlists that cannot be read, and where the
    ///   checkpoints are of another log; the errors of
    ///   appending.
    package func fork(knowing newer: NewerCopy?, by caller: Caller) async throws -> ForkReport {
        let (left, note) = (origin, try newestReadableCheckpoint())
        // The ids of earlier forks are recorded as abandoned, so that a copy of them that is restored is recognised.
        let abandoned = try ledger.folder.forks().filter { $0 != ledger.signing.logID }
        let logID = ledger.options.randomness.logID()
        let result = try await withCheckedThrowingContinuation { continuation in
            ledger.writer.enqueue(
                ForkJob(
                    to: logID, leaving: note?.signedByLog ?? "", abandoning: abandoned, newer: newer?.states ?? [:],
                    erasures: newer?.erasures ?? [], rules: newer?.rules ?? [:], by: caller, vault: ledger.vault, reader: reader,
                    continuation))
        }
        ledger.accounts.finishErasures()
        // The folder of the new log says that there is a fork, before anything of it is signed. After an interruption here it is made
        // when the ledger is opened.
        try FileSystem.makeDirectory(ledger.folder.checkpoints(of: logID, isFork: true).path)
        let here = try newer?.states.keys.filter { try ledger.key($0) == nil }.count ?? 0
        return ForkReport(
            leftOrigin: left, origin: "\(LogOrigin(logID))", size: result.size,
            signedSize: note.flatMap { Checkpoint(text: $0.text)?.size }, newerSize: newer?.size, restricted: result.restricted,
            unknownKeys: here)
    }

    /// Returns the position of the fork that the log ends with, and the keys that it ended; `nil` where it does not end with one, and
    /// where it is an older copy.
    package func forkAtTheEnd() throws -> (position: UInt64, fork: LogFork, restricted: Set<KeyID>)? {
        guard ledger.standing.problem == nil, let last = try lastPosition() else { return nil }
        var restricted: Set<KeyID> = []
        var position = last
        while let event = try reader.event(at: position), event.actor == ForkJob.actor, position > 0 {
            restricted.insert(event.keyID)
            position -= 1
        }
        guard case .logForked(let fork)? = try reader.event(at: position)?.body, fork.logID == ledger.signing.logID else { return nil }
        return (position, fork, restricted)
    }

    /// The newest checkpoint of this log that can be read. Throws `ForkRefusal.foreignCheckpoints` where those that can be read are all of
    /// another log: the record of the fork would name a checkpoint that nobody can verify.
    private func newestReadableCheckpoint() throws -> SignedNote? {
        let (succession, current) = try identity()
        let earlier = Set(succession.steps.map(\.oldOrigin.logID))
        var foreign: String?
        func newest(of notes: some Sequence<SignedNote>) -> (size: UInt64, note: SignedNote)? {
            for note in notes {
                guard let checkpoint = Checkpoint(text: note.text) else { continue }
                // Only the log's id is compared: an older copy does not know the origins that later changes of the signing key made.
                let logID = LogOrigin(checkpoint.origin)?.logID
                if logID == current.logID { return (checkpoint.size, note) }
                if logID.map(earlier.contains) != true { foreign = foreign ?? checkpoint.origin }
            }
            return nil
        }
        let signed = newest(of: try checkpoints.sizes().reversed().lazy.compactMap { [checkpoints] in try? checkpoints.note($0) })
        // One that somebody has put there counts where this ledger has signed it.
        let verifiers = succession.verifiers(current: try? knownVerifier())
        let stray = newest(
            of: try checkpoints.strays().notes.reversed().filter { note in
                let origin = Checkpoint(text: note.text).flatMap { LogOrigin($0.origin) }
                return origin.flatMap { verifiers[$0] }.map { $0.check(note) == .signed } ?? true
            })
        if let found = [signed, stray].compactMap(\.self).max(by: { $0.size < $1.size }) { return found.note }
        if let foreign { throw ForkRefusal.foreignCheckpoints(path: checkpoints.path, origin: foreign) }
        return nil
    }

    /// Appends the record and gives the log its new id. `seal` returns the event with who forks the log sealed in it.
    package static func appendFork(
        to logID: Bytes16, leaving checkpoint: String, abandoning abandoned: [Bytes16] = [], at now: Timestamp, _ reader: LogReader,
        _ transaction: inout WriteTransaction, _ appender: inout BatchAppender, seal: (Event) throws -> Event = { $0 }
    ) throws -> LogFork {
        let left = try reader.logID(transaction)
        let lineage = try reader.lineage(transaction)
        let others = abandoned.filter { !lineage.contains($0) && $0 != left }
        let fork = LogFork(leftLogID: left, leftCheckpoint: checkpoint, logID: logID, abandonedLogIDs: others)
        let needed = Event.Body.logForked(fork).neededFeatures.map(\.rawValue)
        let event = Event(
            keyID: .none, accountID: .operator, recordedAt: now, actor: .commandLine, requires: needed, body: .logForked(fork))
        let position = try appender.append(try seal(event), &transaction)
        try LogMeta.addStep(at: position, reader.tables, &transaction)
        try LogMeta.lineage.set((lineage + others + [left]).flatMap(\.bytes), reader.tables, &transaction)
        try LogMeta.logID.set(logID.bytes, reader.tables, &transaction)
        try LogMeta.require(needed, reader.tables, &transaction)
        return fork
    }
}

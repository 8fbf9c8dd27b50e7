public import Bytes
public import EventLog
public import KeyEvents
internal import Ledger
public import LedgerQueries
internal import Storage

/// Some of the records that a filter lets through, in the order of the log, with what proves that they are in the log that a checkpoint was
/// signed of. For whoever asks from afar and trusts nobody: bytes and hashes, nothing that is not proved.
public struct ProvedPage: Sendable {
    public struct Record: Sendable {
        public let position: UInt64
        /// As it is hashed.
        public let bytes: [UInt8]
        /// Its audit path (RFC 6962 section 2.1.1) in the tree of the checkpoint.
        public let path: [Digest32]
    }

    public let checkpoint: SignedNote
    /// Of the checkpoint.
    public let size: UInt64
    /// What checks the checkpoint's signature; `nil`: it is not known, the key was lost.
    public let verifier: NoteVerifier?
    /// That the tree of the checkpoint begins with that of `oldSize` records (RFC 6962 section 2.1.2).
    public let consistency: (oldSize: UInt64, proof: [Digest32])?
    /// How the log came to its origin: forks, and changes of its key.
    public let succession: [Record]
    public let records: [Record]
    /// Where to go on; `nil`: nothing more below `size` passes the filter.
    public let next: UInt64?
}

extension Audit {
    /// Records from a position on: at most `limit`, and no more once they have `bytes` in all; of those that the checkpoint covers. The filter is
    /// taken as it is: see `filter(_:for:)`.
    ///
    /// `size`: of the checkpoint, where an earlier page named it; `nil` is answered where there is none of that size. Otherwise it is the newest
    /// one; where that does not cover everything one is signed, if none was for a question lately. `extending`: the size of a tree that whoever asks
    /// knows, and wants the proof of that this one begins with it.
    public func provedPage(
        _ filter: EventFilter, from start: UInt64, limit: Int, bytes: Int, size: UInt64? = nil, extending oldSize: UInt64? = nil
    ) throws -> ProvedPage? {
        guard let note = try size.map({ try ledger.log.checkpoints.note($0) }) ?? checkpointForQuestion(),
            let checkpoint = Checkpoint(text: note.text)
        else { return nil }
        try ledger.standing.requireNewestCopy()
        let (succession, current) = try ledger.log.identity()
        let steps = try succession.steps.map(\.position).filter { $0 < checkpoint.size }
            .map { try record($0, in: checkpoint.size) }
        let page = try ledger.events.eventPage(filter, from: start, limit: limit, bytes: bytes, before: checkpoint.size)
        let records = try page.events.map { try record($0.position, in: checkpoint.size) }
        let origin = succession.origin(ofSize: checkpoint.size, current: current)
        return ProvedPage(
            checkpoint: SignedNote(text: note.text, signatures: note.signatures.filter { $0.name == checkpoint.origin }),
            size: checkpoint.size, verifier: succession.verifiers(current: try? ledger.log.knownVerifier())[origin],
            consistency: try oldSize.flatMap { old in
                old <= checkpoint.size ? (old, try consistencyProof(from: old, to: checkpoint.size)) : nil
            },
            succession: steps, records: records, next: page.rest == .unread ? page.next : nil)
    }

    private func record(_ position: UInt64, in size: UInt64) throws -> ProvedPage.Record {
        let (bytes, path) = try inclusion(of: position, in: size)
        return ProvedPage.Record(position: position, bytes: bytes, path: path)
    }

    private func checkpointForQuestion() throws -> SignedNote {
        let newest = try ledger.log.newestCheckpoint()
        let size = newest.flatMap { Checkpoint(text: $0.text)?.size }
        if let newest, try size == ledger.log.lastPosition().map({ $0 + 1 }) ?? 0 { return newest }
        if let newest, !ledger.signing.maySignForQuestion(at: ledger.time.monotonicMicroseconds) { return newest }
        do { return try ledger.log.signCheckpoint() } catch let error as LedgerError {
            // What was signed before still proves what it covers.
            guard let newest, LogSigning.isKeyProblem(error) else { throw error }
            return newest
        }
    }
}

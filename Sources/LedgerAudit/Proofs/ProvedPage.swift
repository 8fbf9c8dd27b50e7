public import Bytes
public import EventLog
internal import KeyEvents
internal import Ledger
public import LedgerQueries
internal import Storage

/// A page of the records that a filter lets through, in the order of the log, with the proof that they are in the log of which a
/// checkpoint was signed. It is for clients that trust nobody: bytes and hashes, and nothing that is not proved.
public struct ProvedPage: Sendable {
    /// A record with its inclusion proof.
    public struct Record: Sendable {
        /// The position of the record.
        public let position: UInt64
        /// The record's bytes, as they are hashed.
        public let bytes: [UInt8]
        /// The record's audit path (RFC 6962 section 2.1.1) in the tree of the checkpoint.
        public let path: [Digest32]
    }

    /// The checkpoint with the signatures of this log.
    public let checkpoint: SignedNote
    /// The size of the checkpoint, in records.
    public let size: UInt64
    /// The key that verifies the checkpoint's signature; `nil` where it is not known because the signing key was lost.
    public let verifier: NoteVerifier?
    /// The proof that the tree of the checkpoint begins with the tree of `oldSize` records (RFC 6962 section 2.1.2).
    public let consistency: (oldSize: UInt64, proof: [Digest32])?
    /// The records of forks and key changes by which the log came to its origin.
    public let succession: [Record]
    /// The records of the page.
    public let records: [Record]
    /// The position to continue from; `nil` where nothing more below `size` passes the filter.
    public let next: UInt64?
}

extension ProvedPage.Record {
    /// The leaf hash of the record.
    package var leaf: Digest32 { MerkleHash.leaf(bytes.span) }

    /// Whether the record is the one that the checkpoint was signed for at its position.
    package func isProved(by checkpoint: Checkpoint) -> Bool {
        MerkleProof.root(of: leaf, at: position, size: checkpoint.size, path: path) == checkpoint.root
    }
}

extension Audit {
    /// Reads a page of records with their proofs, of those that a checkpoint covers. The filter is not restricted to a caller: see
    /// `filter(_:for:)`.
    ///
    /// - Parameters:
    ///   - filter: which events are read.
    ///   - start: the position of the first record to read.
    ///   - limit: the maximum number of records.
    ///   - bytes: the size after which the page ends, in bytes of the records that passed.
    ///   - size: the size of the checkpoint that an earlier page named, in records. `nil` for the newest checkpoint; where that does
    ///     not cover the whole log, one is signed first, unless a query had one signed lately.
    ///   - oldSize: the size of a tree that the client knows, in records, to be proved to be the beginning of this one; `nil` for no
    ///     such proof.
    /// - Returns: the page; `nil` where there is no checkpoint of `size` records.
    /// - Throws: `LedgerError` where the log is not the newest copy, or no checkpoint can be signed and none exists; the errors of
    ///   reading the log.
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

    /// Reads a record with its audit path in the tree of the first `size` records. Whether the path leads to what was signed is not
    /// checked.
    package func record(_ position: UInt64, in size: UInt64) throws -> ProvedPage.Record {
        let (bytes, path) = try inclusion(of: position, in: size)
        return ProvedPage.Record(position: position, bytes: bytes, path: path)
    }

    private func checkpointForQuestion() throws -> SignedNote {
        let newest = try ledger.log.newestCheckpoint()
        let size = newest.flatMap { Checkpoint(text: $0.text)?.size }
        if let newest, try size == ledger.log.lastPosition().map({ $0 + 1 }) ?? 0 { return newest }
        if let newest, !ledger.signing.maySignForQuestion(at: ledger.time.monotonic) { return newest }
        do { return try ledger.log.signCheckpoint() } catch let error as LedgerError {
            // An earlier checkpoint still proves what it covers.
            guard let newest, LogSigning.isKeyProblem(error) else { throw error }
            return newest
        }
    }
}

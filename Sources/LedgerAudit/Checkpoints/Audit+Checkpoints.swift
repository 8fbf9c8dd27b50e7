package import EventLog
internal import KeyEvents
package import Ledger

/// The checkpoints that prove what the log holds.
extension Audit {
    /// Reads the newest checkpoint, if it covers the record at a position; otherwise one is signed now.
    ///
    /// - Parameter position: the position of the record.
    /// - Returns: the signed note, and the checkpoint in it.
    /// - Throws: `NoSuchRecord` where the log does not reach so far; `LedgerError` where the log is not the newest copy, or nothing can be
    ///   signed; the errors of reading the log and the checkpoints.
    package func coveringCheckpoint(_ position: UInt64) throws -> (note: SignedNote, checkpoint: Checkpoint) {
        let last = try ledger.log.lastPosition()
        guard let last, position <= last else { throw NoSuchRecord(position: position, last: last) }
        if let newest = try newestVerifiedCheckpoint(), position < newest.checkpoint.size { return newest }
        let note = try ledger.log.signCheckpoint()
        guard let checkpoint = Checkpoint(text: note.text) else {
            throw LogError.damaged(position: nil, what: "the checkpoint cannot be read")
        }
        return (note, checkpoint)
    }

    /// Reads a checkpoint that covers all records; where none can be signed, because the key is missing or another one, the newest that
    /// exists.
    ///
    /// - Parameter report: called with the reason why none can be signed.
    /// - Returns: the signed note, and the checkpoint in it. Where nothing was signed yet, there is no note, and the checkpoint covers no
    ///   record.
    /// - Throws: `LedgerError` where the log is not the newest copy; the errors of reading the log and the checkpoints.
    package func provingCheckpoint(
        report: (LedgerError) -> Void
    ) throws -> (note: SignedNote?, checkpoint: Checkpoint) {
        do { return try coveringCheckpoint(ledger.log.lastPosition() ?? 0) } catch let error as LedgerError {
            switch error {
            case .signingKeyMissing, .signingKeyDiffers: report(error)
            default: throw error
            }
        }
        guard let newest = try newestVerifiedCheckpoint() else {
            return (nil, Checkpoint(origin: ledger.log.origin, size: 0, root: MerkleHash.empty))
        }
        return newest
    }

    /// Reads the newest checkpoint, and checks its signature where the key is known.
    private func newestVerifiedCheckpoint() throws -> (note: SignedNote, checkpoint: Checkpoint)? {
        guard let note = try ledger.log.newestCheckpoint(), let checkpoint = Checkpoint(text: note.text) else { return nil }
        let (succession, current) = try ledger.log.identity()
        let origin = succession.origin(ofSize: checkpoint.size, current: current)
        let verifier = succession.verifiers(current: try ledger.log.knownVerifier())[origin]
        guard checkpoint.origin == "\(origin)", verifier.map({ $0.check(note) == .signed }) ?? true else {
            throw LogError.damaged(position: nil, what: "the newest checkpoint is not signed by this ledger's key")
        }
        return (note, checkpoint)
    }

    /// Reads the checkpoint of a tree of this log.
    ///
    /// - Parameter tree: the size and the root of the tree.
    /// - Returns: the signed note; `nil` where no checkpoint of this size was signed.
    /// - Throws: `LogError.damaged` where a checkpoint of this size has another root; the errors of reading the checkpoints.
    package func note(of tree: Checkpoint) throws -> SignedNote? {
        guard let note = try ledger.log.checkpoints.note(tree.size) else { return nil }
        if let signed = Checkpoint(text: note.text), signed.root != tree.root {
            throw LogError.damaged(position: nil, what: "the log does not match its own checkpoint of \(tree.size) records")
        }
        return note
    }

    /// Compares a checkpoint that somebody kept with this log. Its signature is not checked.
    ///
    /// - Parameter checkpoint: the checkpoint.
    /// - Returns: what the checkpoint is to this log.
    /// - Throws: the errors of reading the log.
    package func standing(of checkpoint: Checkpoint) throws -> CheckpointStanding {
        let (succession, current) = try ledger.log.identity()
        switch succession.place(of: checkpoint, current: current) {
        case .here, .abandoned: break
        case .elsewhere: return .ofAnotherLog(current: current)
        case .leftBehind(let position): return .leftBehind(at: position)
        }
        guard let root = try root(of: checkpoint.size) else { return .beyondTheEnd }
        return checkpoint.root == root ? .isBeginning : .differs
    }
}

/// What a checkpoint is to a log.
package enum CheckpointStanding: Equatable, Sendable {
    /// The log begins with the records that were signed.
    case isBeginning
    /// The log has fewer records than were signed.
    case beyondTheEnd
    /// The log has other records than those that were signed.
    case differs
    /// The checkpoint covers a part of an older log that this log left behind at a fork, at this position.
    case leftBehind(at: UInt64)
    /// The checkpoint is of another log than this one, whose origin is named.
    case ofAnotherLog(current: LogOrigin)
}

/// The log does not reach as far as a record that somebody named.
package struct NoSuchRecord: Error, CustomStringConvertible {
    /// The position that was named.
    package let position: UInt64
    /// The position of the last record; `nil` for an empty log.
    package let last: UInt64?

    /// The sentence for the person who named the record.
    package var description: String {
        let end = last.map { "its last position is \($0)" } ?? "it is empty"
        return "There is no record at position \(position): the log does not reach so far, \(end)."
    }
}

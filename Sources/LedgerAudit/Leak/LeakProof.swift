public import Bytes
internal import EventLog
internal import KeyEvents
internal import Ledger
internal import LedgerQueries

/// The proof of a leak report's evidence: a signed checkpoint, and the audit path from each record to its root.
public struct LeakProof: Sendable {
    /// A record with its inclusion proof.
    public struct Inclusion: Sendable {
        /// The record's bytes, as they are hashed.
        public let record: [UInt8]
        /// The record's audit path in the checkpoint's tree.
        public let path: [Digest32]
    }

    /// The signed note of the checkpoint.
    public let checkpoint: String
    /// The proofs by the position of their record.
    public let inclusions: [UInt64: Inclusion]
}

extension Audit {
    /// Proves the evidence of a leak report. A checkpoint is signed first, unless the newest one covers everything.
    ///
    /// - Parameter report: the leak report.
    /// - Returns: the proof; `nil` where the signing key is missing and nothing was signed before.
    /// - Throws: `LedgerError` where the log is not the newest copy; the errors of reading the log and of signing.
    public func prove(_ report: LeakReport) throws -> LeakProof? {
        let note: SignedNote
        do { note = try ledger.log.signCheckpoint() } catch LedgerError.signingKeyMissing {
            // An earlier checkpoint still proves what it covers.
            guard let newest = try ledger.log.newestCheckpoint() else { return nil }
            note = newest
        }
        guard let checkpoint = Checkpoint(text: note.text) else { return nil }
        var inclusions: [UInt64: LeakProof.Inclusion] = [:]
        for position in report.evidence.map(\.causingEvent.position) where position < checkpoint.size {
            let (record, path) = try inclusion(of: position, in: checkpoint.size)
            inclusions[position] = .init(record: record, path: path)
        }
        return LeakProof(checkpoint: note.description, inclusions: inclusions)
    }
}

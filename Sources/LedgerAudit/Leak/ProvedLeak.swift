public import Bytes
internal import EventLog
public import KeyEvents
internal import Ledger
internal import LedgerQueries

/// What proves the evidence of a leak report: a signed checkpoint, and the way from each record to its root.
public struct ProvedLeak: Sendable {
    public struct Inclusion: Sendable {
        public let record: [UInt8]
        public let path: [Digest32]
    }

    /// The signed note.
    public let checkpoint: String
    /// By position.
    public let inclusions: [UInt64: Inclusion]
}

extension Audit {
    /// Signs a checkpoint unless the newest covers everything. `nil`: the key that signs is lost, and nothing was
    /// signed before.
    public func prove(_ report: LeakReport) throws -> ProvedLeak? {
        let note: SignedNote
        do { note = try ledger.log.signCheckpoint() } catch LedgerError.signingKeyMissing {
            // What was signed before still proves what it covers.
            guard let newest = try ledger.log.newestCheckpoint() else { return nil }
            note = newest
        }
        guard let checkpoint = Checkpoint(text: note.text) else { return nil }
        var inclusions: [UInt64: ProvedLeak.Inclusion] = [:]
        for position in report.evidence.map(\.ground.position) where position < checkpoint.size {
            let (record, path) = try inclusion(of: position, in: checkpoint.size)
            inclusions[position] = .init(record: record, path: path)
        }
        return ProvedLeak(checkpoint: note.description, inclusions: inclusions)
    }
}

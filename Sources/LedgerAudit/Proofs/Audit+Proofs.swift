public import Bytes
internal import EventLog
public import KeyEvents
internal import Ledger
internal import Storage

/// What proves that records are in the log, and that it only grew.
extension Audit {
    /// The record at a position, which lies below `size`, and its audit path in the tree of the first `size` records.
    public func inclusion(of position: UInt64, in size: UInt64) throws -> (record: [UInt8], proof: [Digest32]) {
        try ledger.environment.read { transaction in
            guard let record = try ledger.reader.record(at: position, transaction) else { throw LogError.missing(position: position) }
            return (record, try MerkleTree(ledger.reader).inclusionProof(of: position, in: size, transaction))
        }
    }

    /// That the tree of the first `size` records begins with that of the first `old`.
    public func consistencyProof(from old: UInt64, to size: UInt64) throws -> [Digest32] {
        try ledger.environment.read { try MerkleTree(ledger.reader).consistencyProof(from: old, to: size, $0) }
    }

    /// Over the first `size` records; `nil`: the log has not so many.
    public func root(of size: UInt64) throws -> Digest32? {
        try ledger.environment.read { transaction in
            size <= (try ledger.reader.next(transaction)) ? try MerkleTree(ledger.reader).root(of: size, transaction) : nil
        }
    }
}

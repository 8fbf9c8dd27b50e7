public import Bytes
internal import EventLog
internal import KeyEvents
internal import Ledger
internal import Storage

/// The proofs that records are in the log, and that the log only grew.
extension Audit {
    /// Reads a record with its inclusion proof.
    ///
    /// - Parameters:
    ///   - position: the record's position, below `size`.
    ///   - size: the size of the tree, in records.
    /// - Returns: the record, and its audit path in the tree of the first `size` records.
    /// - Throws: `LogError.missing` where there is no such record; the errors of reading the log.
    public func inclusion(of position: UInt64, in size: UInt64) throws -> (record: [UInt8], proof: [Digest32]) {
        try ledger.environment.read { transaction in
            guard let record = try ledger.reader.record(at: position, transaction) else { throw LogError.missing(position: position) }
            return (record, try MerkleTree(ledger.reader).inclusionProof(of: position, in: size, transaction))
        }
    }

    /// Proves that the tree of the first `size` records begins with the tree of the first `old` records.
    ///
    /// - Parameters:
    ///   - old: the size of the smaller tree, in records.
    ///   - size: the size of the larger tree, in records.
    /// - Returns: the consistency proof (RFC 6962 section 2.1.2).
    /// - Throws: the errors of reading the log.
    public func consistencyProof(from old: UInt64, to size: UInt64) throws -> [Digest32] {
        try ledger.environment.read { try MerkleTree(ledger.reader).consistencyProof(from: old, to: size, $0) }
    }

    /// Computes the root of the tree over the first records.
    ///
    /// - Parameter size: the size of the tree, in records.
    /// - Returns: the root; `nil` where the log holds fewer records.
    /// - Throws: the errors of reading the log.
    public func root(of size: UInt64) throws -> Digest32? {
        try ledger.environment.read { transaction in
            size <= (try ledger.reader.next(transaction)) ? try MerkleTree(ledger.reader).root(of: size, transaction) : nil
        }
    }
}

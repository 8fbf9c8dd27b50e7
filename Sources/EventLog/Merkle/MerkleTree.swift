public import Bytes
internal import KeyEvents
public import Storage

/// The Merkle tree over the records (RFC 6962 section 2.1) as it was at any size: roots, proofs, and runs of hashes.
///
/// The nodes of every fourth height are stored (`MerkleStore`), and those between are computed. A proof reads a row of 512 bytes
/// for every four heights. It hashes at most 15 records beside the one that it is about, and at most 15 at the right edge where
/// the tree's size is not a multiple of 16.
public struct MerkleTree: Sendable {
    private let store: MerkleStore

    /// Creates the tree over the records of a log.
    public init(_ reader: LogReader) { store = reader.tables.merkle }

    /// Returns the root of the first `size` records, which must all be there.
    public func root(of size: UInt64, _ transaction: borrowing some Transaction & ~Copyable) throws -> Digest32 {
        try store.frontier(of: size, transaction).root
    }

    /// Returns the audit path of RFC 6962 section 2.1.1, from the leaf up. It proves that the record at `position` is in the tree
    /// of the first `size` records. The position must be below the size.
    public func inclusionProof(
        of position: UInt64, in size: UInt64, _ transaction: borrowing some Transaction & ~Copyable
    ) throws -> [Digest32] {
        var (low, high) = (UInt64(0), size)
        var proof: [Digest32] = []
        while high - low > 1 {
            let middle = low + Self.split(high - low)
            if position < middle {
                proof.append(try hash(middle..<high, transaction))
                high = middle
            } else {
                proof.append(try hash(low..<middle, transaction))
                low = middle
            }
        }
        return proof.reversed()
    }

    /// Returns the proof of RFC 6962 section 2.1.2 that the tree of the first `size` records begins with that of the first `old`.
    /// The proof is empty where the sizes are equal, and for the empty tree, which every tree begins with.
    public func consistencyProof(
        from old: UInt64, to size: UInt64, _ transaction: borrowing some Transaction & ~Copyable
    ) throws -> [Digest32] {
        guard old > 0, old < size else { return [] }
        var (low, high) = (UInt64(0), size)
        var proof: [Digest32] = []
        // This says whether what is left of the old tree is the old tree itself, whose root the verifier knows.
        var isWhole = true
        while old < high {
            let middle = low + Self.split(high - low)
            if old <= middle {
                proof.append(try hash(middle..<high, transaction))
                high = middle
            } else {
                proof.append(try hash(low..<middle, transaction))
                low = middle
                isWhole = false
            }
        }
        if !isWhole { proof.append(try hash(low..<high, transaction)) }
        return proof.reversed()
    }

    /// Returns `count` nodes of a height, from the one numbered `first` on; all of them must be complete.
    public func nodes(
        height: Int, from first: UInt64, count: Int, _ transaction: borrowing some Transaction & ~Copyable
    ) throws -> [Digest32] {
        try (0..<UInt64(count)).map { try node(height: height, index: first + $0, transaction) }
    }

    /// Returns the root over some records as a tree of their own. Their first position is a multiple of a power of two that is
    /// not less than their number.
    private func hash(_ positions: Range<UInt64>, _ transaction: borrowing some Transaction & ~Copyable) throws -> Digest32 {
        var position = positions.lowerBound
        var peaks: [Digest32] = []
        while position < positions.upperBound {
            let fits = 63 - (positions.upperBound - position).leadingZeroBitCount
            let height = position == 0 ? fits : min(fits, position.trailingZeroBitCount)
            peaks.append(try node(height: height, index: position >> UInt64(height), transaction))
            position += 1 << UInt64(height)
        }
        guard var root = peaks.popLast() else { return MerkleHash.empty }
        while let peak = peaks.popLast() { root = MerkleHash.node(peak, root) }
        return root
    }

    private func node(height: Int, index: UInt64, _ transaction: borrowing some Transaction & ~Copyable) throws -> Digest32 {
        let stored = height - height % MerkleStore.fanOutBits
        guard stored == height else {
            let count = 1 << (height - stored)
            var hashes = try nodes(height: stored, from: index << UInt64(height - stored), count: count, transaction)
            while hashes.count > 1 {
                hashes = stride(from: 0, to: hashes.count, by: 2).map { MerkleHash.node(hashes[$0], hashes[$0 + 1]) }
            }
            return hashes[0]
        }
        if height == 0 { return try store.leaf(at: index, transaction) }
        guard let hash = try store.hash(height: height, index: index, transaction) else {
            throw LogError.damaged(position: nil, what: "the tree's node \(index) at height \(height) is missing")
        }
        return hash
    }

    /// Returns the largest power of two that is smaller than `count`, which is more than 1.
    private static func split(_ count: UInt64) -> UInt64 { 1 << UInt64(63 - (count - 1).leadingZeroBitCount) }
}

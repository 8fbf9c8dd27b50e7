package import Bytes
internal import KeyEvents
package import Storage

/// The stored nodes of the tree: those of every fourth height, from 4 (one node per 16 leaves) up, in rows of 16.
///
/// A key has 9 bytes: `255 − height` ‖ row number (8 bytes, big-endian), so the longest run, height 4, stands at the end of the
/// table, where rows are appended. A value has 512 bytes: 16 nodes of 32 bytes; nodes that do not exist yet are zero, so that a
/// row never changes its size. All rows together take some 2.3 bytes per event.
package struct MerkleStore {
    package static let fanOutBits = 4
    static let rowNodes = 16
    static let hashBytes = 32

    let tree: Table
    let records: Table

    /// Returns the frontier of a tree of `size` leaves. It reads one row per height, and hashes up to 15 records again.
    func frontier(of size: UInt64, _ transaction: borrowing some Transaction & ~Copyable) throws -> MerkleFrontier {
        var frontier = MerkleFrontier()
        var height = 60
        while height > 0 {
            let count = size >> UInt64(height)
            if count % 16 != 0 {
                guard let row = try transaction.get(Self.key(height: height, row: count / 16).span, in: tree),
                    row.count == Self.rowNodes * Self.hashBytes
                else { throw LogError.damaged(position: nil, what: "row \(count / 16) of the tree at height \(height) is missing") }
                for place in 0..<Int(count % 16) {
                    guard let hash = Digest32(row.extracting(place * 32..<place * 32 + 32).copy()) else { continue }
                    frontier.push(.init(height: height, index: count / 16 * 16 + UInt64(place), hash: hash))
                }
            }
            height -= Self.fanOutBits
        }
        for position in frontier.size..<size {
            frontier.push(.init(height: 0, index: position, hash: try leaf(at: position, transaction)))
        }
        return frontier
    }

    /// Returns the leaf hash of a record. It throws where there is no such record.
    func leaf(at position: UInt64, _ transaction: borrowing some Transaction & ~Copyable) throws -> Digest32 {
        guard let stored = try transaction.get(position, in: records) else { throw LogError.missing(position: position) }
        return try StoredRecord.checkedLeaf(stored, at: position)
    }

    /// Returns a stored node; `nil` where there is none.
    package func hash(height: Int, index: UInt64, _ transaction: borrowing some Transaction & ~Copyable) throws -> Digest32? {
        guard let row = try transaction.get(Self.key(height: height, row: index / 16).span, in: tree),
            row.count == Self.rowNodes * Self.hashBytes
        else { return nil }
        let start = Int(index % 16) * Self.hashBytes
        return Digest32(row.extracting(start..<start + Self.hashBytes).copy())
    }

    static func key(height: Int, row: UInt64) -> [UInt8] { [UInt8(255 - height)] + row.bigEndianBytes }
}

/// The rows of new nodes, each written once when the transaction ends.
struct MerkleRows {
    private struct RowID: Hashable {
        let height: Int
        let row: UInt64
    }

    private var rows: [RowID: [MerkleFrontier.Node]] = [:]

    mutating func add(_ node: MerkleFrontier.Node) {
        guard node.height > 0, node.height % MerkleStore.fanOutBits == 0 else { return }
        rows[RowID(height: node.height, row: node.index / 16), default: []].append(node)
    }

    /// Writes the rows in the order of their keys, so that those at the end of the table can be appended.
    mutating func write(to store: MerkleStore, _ transaction: inout WriteTransaction) throws {
        for (id, nodes) in rows.sorted(by: { ($0.key.height, $1.key.row) > ($1.key.height, $0.key.row) }) {
            let key = MerkleStore.key(height: id.height, row: id.row)
            var row = [UInt8](repeating: 0, count: MerkleStore.rowNodes * MerkleStore.hashBytes)
            let isNew = nodes.first?.index == id.row * 16
            if !isNew, let stored = try transaction.get(key.span, in: store.tree) { row = stored.copy() }
            for node in nodes {
                let start = Int(node.index % 16) * MerkleStore.hashBytes
                row.replaceSubrange(start..<start + MerkleStore.hashBytes, with: node.hash.bytes)
            }
            let isLastInTable = isNew && id.height == MerkleStore.fanOutBits
            try transaction.put(key.span, row.span, in: store.tree, mode: isLastInTable ? .append : .insertOrReplace)
        }
        rows = [:]
    }
}

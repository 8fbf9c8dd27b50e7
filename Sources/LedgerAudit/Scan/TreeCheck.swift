internal import Bytes
internal import EventLog
internal import Storage

/// Compares the stored tree with the tree over the records, while these are read in their order.
struct TreeCheck {
    private let reader: LogReader
    /// The tree over the records so far.
    private(set) var computed = MerkleFrontier()
    /// Whether every record so far was there, and could be read: the tree over the others says nothing.
    private var isComplete = true
    /// The nodes that were completed since the last comparison, in the order in which they were.
    private var newNodes: [MerkleFrontier.Node] = []
    /// The first position below the node that was last found not to match; `nil` where none was.
    private var mismatch: UInt64?

    init(_ reader: LogReader) { self.reader = reader }

    /// Appends the leaf of the next record. Returns whether the tree has changed: behind a record that is missing or unreadable it is not
    /// known any more.
    mutating func append(_ leaf: Digest32) -> Bool {
        guard isComplete else { return false }
        computed.append(leaf) { if $0.height > 0, $0.height % MerkleStore.fanOutBits == 0 { newNodes.append($0) } }
        return true
    }

    /// Skips a record that is missing or unreadable.
    mutating func skip() { isComplete = false }

    /// Whether the computed tree covers all records of a log.
    func covers(_ size: UInt64) -> Bool { isComplete && computed.size == size }

    // MARK: Comparing

    /// Compares the nodes that were completed since the last call with the stored ones. Complete nodes never change, so it does not matter
    /// what others append meanwhile.
    mutating func compareNewNodes() -> [Finding] {
        defer { newNodes = [] }
        var findings: [Finding] = []
        do {
            try reader.environment.read { transaction in
                for node in newNodes {
                    let stored = try reader.tables.merkle.hash(height: node.height, index: node.index, transaction)
                    if stored != node.hash, let finding = findMismatch(node) { findings.append(finding) }
                }
            }
        } catch {
            findings.append(Finding(position: nil, what: "the tree cannot be read: \(error)"))
        }
        return findings
    }

    /// Returns the finding for a node that does not match; `nil` where the reason is a node below it, which was found before.
    private mutating func findMismatch(_ node: MerkleFrontier.Node) -> Finding? {
        let first = node.index << UInt64(node.height)
        // A node is completed after the nodes below it, so they are among the last that were compared.
        if let mismatch, mismatch >= first { return nil }
        mismatch = first
        let last = first + (1 << UInt64(node.height)) - 1
        return Finding(
            position: first,
            what: "the records from \(first) to \(last) do not match the tree's node \(node.index) at height \(node.height)")
    }

    /// Compares the stored head of the tree with the records.
    ///
    /// - Parameters:
    ///   - head: the stored head.
    ///   - size: the size of the log, in records.
    ///   - checkpoints: what the checkpoints have shown of the records.
    /// - Returns: what is wrong; `nil` where nothing is, or the records do not show it.
    func compareHead(_ head: (size: UInt64, root: Digest32), size: UInt64, _ checkpoints: CheckpointCheck) -> Finding? {
        if head.size != size {
            return Finding(position: min(head.size, size), what: "the tree covers \(head.size) records, and the log holds \(size)")
        }
        guard covers(size), head.root != computed.root else { return nil }
        guard let first = firstSuspect(size, checkpoints) else {
            return Finding(position: nil, what: "the root of the tree does not match the records")
        }
        return Finding(position: first, what: "the records from \(first) to \(size - 1) do not match the root of the tree")
    }

    /// The first of the records of which one must be the reason for a wrong root; `nil` where the reason may be any record, or a fault that
    /// was found before.
    private func firstSuspect(_ size: UInt64, _ checkpoints: CheckpointCheck) -> UInt64? {
        guard mismatch == nil, !checkpoints.hasMismatch else { return nil }
        // Nodes over 16 records are stored, and they match; so do the records that were signed.
        let first = max(checkpoints.signedSize, size & ~15)
        return first < size ? first : nil
    }

    /// Checks that nothing but the nodes of the records is stored: no further rows, and zeros for the nodes to come.
    func findSurplus(_ size: UInt64, _ transaction: borrowing ReadTransaction) throws -> [Finding] {
        guard covers(size) else { return [] }
        var findings: [Finding] = []
        var rows = 0
        for height in stride(from: MerkleStore.fanOutBits, through: 60, by: MerkleStore.fanOutBits) {
            let count = size >> UInt64(height)
            rows += Int((count + 15) / 16)
            guard count % 16 != 0 else { continue }
            for place in count % 16..<16 {
                let hash = try reader.tables.merkle.hash(height: height, index: count / 16 * 16 + place, transaction)
                if hash != Digest32([UInt8](repeating: 0, count: 32)) {
                    findings.append(
                        Finding(position: nil, what: "the tree has a node at height \(height) for records that are not there"))
                    break
                }
            }
        }
        if try transaction.count(of: reader.tables.tree) != rows {
            findings.append(Finding(position: nil, what: "the tree has rows for records that are not there"))
        }
        return findings
    }
}

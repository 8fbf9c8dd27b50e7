internal import Bytes
internal import EventLog
internal import KeyEvents
internal import Storage

/// Checks the records of a scan together, in their order: the tree, and what `HistoryCheck` checks.
final class LogScanFold: @unchecked Sendable {
    private let reader: LogReader
    private let finding: (LogScan.Finding) -> Void
    /// The checkpoints that are still to be compared, the largest first.
    private var checkpoints: [Checkpoint]
    private var matching = 0
    /// The size of the last checkpoint that the log extends.
    private var known: UInt64 = 0
    private var isCheckpointFalse = false
    /// The first position below the node that was reported last. The nodes above it do not match either.
    private var lastFalse: UInt64?
    private var frontier = MerkleFrontier()
    private var expected: UInt64 = 0
    private var isTreeKnown = true
    private var history: HistoryCheck

    init(_ reader: LogReader, checkpoints: [Checkpoint], finding: @escaping (LogScan.Finding) -> Void) {
        self.reader = reader
        self.finding = finding
        history = HistoryCheck(isFromTheStart: true)
        self.checkpoints = checkpoints.sorted { $0.size > $1.size }
        checkCheckpoints()
    }

    /// Adds records.
    ///
    /// - Parameters:
    ///   - records: The records, in their order.
    ///   - new: The questions that did not occur before; see `UseQuestions`.
    func add(_ records: [ScannedRecord], asking new: [UseQuestion]) {
        history.learn(new)
        var nodes: [MerkleFrontier.Node] = []
        for record in records {
            if record.position != expected {
                tell(expected, "the record is missing (the next one there is \(record.position))")
                isTreeKnown = false
            }
            expected = record.position + 1
            guard let leaf = record.leaf else {
                if case .damaged(let what)? = record.problem { tell(record.position, what) }
                isTreeKnown = false
                continue
            }
            if isTreeKnown {
                frontier.append(leaf) { if $0.height > 0, $0.height % MerkleStore.fanOutBits == 0 { nodes.append($0) } }
                checkCheckpoints()
            }
            if let problem = record.problem {
                tell(record.position, problem.description)
                continue
            }
            history.add(record) { tell(record.position, $0) }
        }
        checkTree(nodes)
    }

    private func tell(_ position: UInt64?, _ what: String) { finding(LogScan.Finding(position: position, what: what)) }

    // MARK: The tree

    /// Compares the checkpoints of the records so far.
    private func checkCheckpoints() {
        while let checkpoint = checkpoints.last, checkpoint.size == frontier.size {
            checkpoints.removeLast()
            if checkpoint.root == frontier.root {
                matching += 1
                known = checkpoint.size
            } else if !isCheckpointFalse {
                // The checkpoints after it do not match either, because of the same record.
                isCheckpointFalse = true
                tell(
                    min(known, checkpoint.size),
                    "one of the records from \(known) to \(max(checkpoint.size, 1) - 1) is not the one that the checkpoint of \(checkpoint.size) records"
                        + " was signed for")
            }
        }
    }

    /// Compares nodes with the stored ones. Complete nodes never change, so it does not matter what others append meanwhile.
    private func checkTree(_ nodes: [MerkleFrontier.Node]) {
        do {
            try reader.environment.read { transaction in
                for node in nodes {
                    let stored = try reader.tables.merkle.hash(height: node.height, index: node.index, transaction)
                    guard stored != node.hash else { continue }
                    let first = node.index << UInt64(node.height)
                    let last = first + (1 << UInt64(node.height)) - 1
                    // Nodes come in the order in which they are complete, so the nodes within this one are among the last.
                    if let lastFalse, lastFalse >= first { continue }
                    lastFalse = first
                    tell(
                        first,
                        "the records from \(first) to \(last) do not match the tree's node \(node.index) at"
                            + " height \(node.height)")
                }
            }
        } catch {
            tell(nil, "the tree cannot be read: \(error)")
        }
    }

    /// Ends the check.
    ///
    /// - Parameter size: One more than the last position.
    /// - Returns: The root, where it is known, and the number of checkpoints that the log extends.
    /// - Throws: `LogError` where the values of `meta` are damaged, and `StorageError` where the log cannot be read.
    func finish(_ size: UInt64) throws -> (root: Digest32?, checkpoints: Int) {
        let isWhole = isTreeKnown && frontier.size == size
        // Whatever else is wrong, a log that is shorter than a signed checkpoint is damaged.
        for checkpoint in checkpoints.reversed() where checkpoint.size > size {
            tell(
                size,
                "the log ends after \(size) records, and a checkpoint of \(checkpoint.size) was signed: the newest are gone")
        }
        try reader.environment.read { transaction in
            do { _ = try reader.firstPosition(transaction) } catch { tell(nil, "\(error)") }
            for value in try reader.damagedMeta(transaction) {
                tell(nil, "of the value \(value.rawValue) of the table meta one copy is not what was written; run keyledger replay")
            }
            let head = try reader.treeHead(transaction)
            // Another process may have appended since. Only a tree over the same records can be compared.
            guard try reader.next(transaction) == size else { return }
            if head.size != size {
                tell(
                    min(head.size, size), "the tree covers \(head.size) records, and the log holds \(size)")
            } else if isWhole, head.root != frontier.root {
                // Nodes over 16 records are stored. Where none of them was wrong, the fault lies after them and after what was
                // signed.
                let first = max(known, size & ~15)
                if lastFalse == nil, !isCheckpointFalse, first < size {
                    tell(first, "the records from \(first) to \(size - 1) do not match the root of the tree")
                } else {
                    tell(nil, "the root of the tree does not match the records")
                }
            }
            if isWhole { try checkRest(of: size, transaction) }
        }
        return (isWhole ? frontier.root : nil, matching)
    }

    /// Checks that the tree holds nothing but the nodes of these records: no further rows, and zeros for the nodes to come.
    private func checkRest(of size: UInt64, _ transaction: borrowing ReadTransaction) throws {
        var rows = 0
        for height in stride(from: MerkleStore.fanOutBits, through: 60, by: MerkleStore.fanOutBits) {
            let count = size >> UInt64(height)
            rows += Int((count + 15) / 16)
            guard count % 16 != 0 else { continue }
            for place in count % 16..<16 {
                let hash = try reader.tables.merkle.hash(height: height, index: count / 16 * 16 + place, transaction)
                if hash != Digest32([UInt8](repeating: 0, count: 32)) {
                    tell(nil, "the tree has a node at height \(height) for records that are not there")
                    break
                }
            }
        }
        if try transaction.count(of: reader.tables.tree) != rows { tell(nil, "the tree has rows for records that are not there") }
    }
}

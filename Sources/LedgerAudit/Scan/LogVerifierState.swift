internal import Bytes
internal import EventLog
internal import KeyEvents
internal import Storage

/// Checks the records of a scan together, in their order: the tree over them (`TreeCheck`), the checkpoints that were signed of it
/// (`CheckpointCheck`), and what the events say (`LifecycleChecker`).
final class LogVerifierState: @unchecked Sendable {
    private let reader: LogReader
    private let finding: (Finding) -> Void
    private var tree: TreeCheck
    private var checkpoints: CheckpointCheck
    private var history = LifecycleChecker(isFromTheStart: true)
    /// The position of the next record.
    private var expected: UInt64 = 0

    init(_ reader: LogReader, checkpoints: [Checkpoint], finding: @escaping (Finding) -> Void) {
        self.reader = reader
        self.finding = finding
        tree = TreeCheck(reader)
        self.checkpoints = CheckpointCheck(checkpoints)
        compareCheckpoints()
    }

    /// Adds records.
    ///
    /// - Parameters:
    ///   - records: The records, in their order.
    ///   - new: The questions that did not occur before; see `UseChecks`.
    func add(_ records: [ScannedRecord], asking new: [UseCheck]) {
        history.learn(new)
        for record in records {
            if record.position != expected {
                report(expected, "the record is missing (the next one there is \(record.position))")
                tree.skip()
            }
            expected = record.position + 1
            guard let leaf = record.leaf else {
                if case .damaged(let what)? = record.problem { report(record.position, what) }
                tree.skip()
                continue
            }
            if tree.append(leaf) { compareCheckpoints() }
            if let problem = record.problem {
                report(record.position, problem.description)
                continue
            }
            history.add(record) { report(record.position, $0) }
        }
        tree.compareNewNodes().forEach(finding)
    }

    private func report(_ position: UInt64?, _ what: String) { finding(Finding(position: position, what: what)) }

    /// Compares the checkpoints of the records so far.
    private func compareCheckpoints() { if let mismatch = checkpoints.compare(with: tree.computed) { finding(mismatch) } }

    /// Ends the check.
    ///
    /// - Parameter size: One more than the last position.
    /// - Returns: The root, where it is known, and the number of checkpoints that the log extends.
    /// - Throws: `LogError` where the values of `meta` are damaged, and `StorageError` where the log cannot be read.
    func finish(_ size: UInt64) throws -> (root: Digest32?, checkpoints: Int) {
        checkpoints.checkpointsBeyond(size).forEach(finding)
        try reader.environment.read { transaction in
            try checkMeta(transaction)
            try checkHead(size, transaction)
        }
        return (tree.covers(size) ? tree.computed.root : nil, checkpoints.matching)
    }

    /// Checks the values that stand beside the records.
    private func checkMeta(_ transaction: borrowing ReadTransaction) throws {
        do { _ = try reader.firstPosition(transaction) } catch { report(nil, "\(error)") }
        for value in try reader.damagedMeta(transaction) {
            report(nil, "of the value \(value.rawValue) of the table meta one copy is not what was written; run keyledger replay")
        }
    }

    /// Checks the head of the stored tree, and that the tree holds nothing more. Another process may have appended since the last record was
    /// read; then there is nothing to compare, since only a tree over the same records can be.
    private func checkHead(_ size: UInt64, _ transaction: borrowing ReadTransaction) throws {
        let head = try reader.treeHead(transaction)
        guard try reader.next(transaction) == size else { return }
        if let mismatch = tree.compareHead(head, size: size, checkpoints) { finding(mismatch) }
        try tree.findSurplus(size, transaction).forEach(finding)
    }
}

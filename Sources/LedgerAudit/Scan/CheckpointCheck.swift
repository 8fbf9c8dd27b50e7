internal import EventLog

/// Compares signed checkpoints with the tree over the records, while these are read in their order.
struct CheckpointCheck {
    /// The checkpoints that are still to be compared, the largest first.
    private var waiting: [Checkpoint]
    /// The number of checkpoints that the records agree with.
    private(set) var matching = 0
    /// The size of the last checkpoint that the records agree with: the records before it are those that were signed.
    private(set) var signedSize: UInt64 = 0
    /// Whether the records disagree with a checkpoint.
    private(set) var hasMismatch = false

    init(_ checkpoints: [Checkpoint]) { waiting = checkpoints.sorted { $0.size > $1.size } }

    /// Compares the checkpoints of the size of the tree. The first mismatch is returned, and no further one: later checkpoints do not
    /// match either, because of the same record.
    mutating func compare(with tree: borrowing MerkleFrontier) -> Finding? {
        var finding: Finding?
        while let checkpoint = waiting.last, checkpoint.size == tree.size {
            waiting.removeLast()
            if checkpoint.root == tree.root {
                matching += 1
                signedSize = checkpoint.size
            } else if !hasMismatch {
                hasMismatch = true
                finding = mismatch(checkpoint)
            }
        }
        return finding
    }

    private func mismatch(_ checkpoint: Checkpoint) -> Finding {
        Finding(
            position: min(signedSize, checkpoint.size),
            what: "one of the records from \(signedSize) to \(max(checkpoint.size, 1) - 1) is not the one that the checkpoint of"
                + " \(checkpoint.size) records was signed for")
    }

    /// Returns a finding for each checkpoint that covers more records than the log holds: whatever else is wrong, such a log is damaged.
    func checkpointsBeyond(_ size: UInt64) -> [Finding] {
        waiting.reversed().filter { $0.size > size }.map { checkpoint in
            Finding(
                position: size,
                what: "the log ends after \(size) records, and a checkpoint of \(checkpoint.size) was signed: the newest are gone")
        }
    }
}

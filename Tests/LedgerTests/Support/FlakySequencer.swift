import EventLog
import Storage
import Synchronization

/// Batches that fail when told to, as those of a failing disk.
final class FlakySequencer: Sequencer {
    enum Fate {
        case good
        /// Nothing is written.
        case failing
        /// Another process keeps the lock.
        case held
        /// It is written, and fails all the same; whether it was cannot be seen for `looks` looks.
        case uncertain(looks: Int)
        /// Nothing is written, and for `looks` looks it cannot be seen.
        case uncertainlyFailing(looks: Int)
    }

    private let sequencer: any Sequencer
    private let fate: @Sendable () -> Fate

    init(_ sequencer: any Sequencer, _ fate: @escaping @Sendable () -> Fate) {
        self.sequencer = sequencer
        self.fate = fate
    }

    var reader: LogReader { sequencer.reader }

    func transact<R>(until deadline: Deadline, _ body: (inout WriteTransaction, inout BatchAppender) throws -> R) throws -> R {
        switch fate() {
        case .good:
            return try sequencer.transact(body)
        case .failing:
            throw StorageError.inputOutput
        case .held:
            throw StorageError.lockHeld(path: "the ledger", by: nil)
        case .uncertain(let looks):
            _ = try sequencer.transact(body)
            throw Self.doubt(looks, true)
        case .uncertainlyFailing(let looks):
            throw Self.doubt(looks, false)
        }
    }

    private static func doubt(_ looks: Int, _ hasLanded: Bool) -> UncertainCommit {
        let left = Atomic<Int>(looks)
        let box = Box(left)
        return UncertainCommit(cause: StorageError.inputOutput) {
            box.left.subtract(1, ordering: .relaxed).oldValue > 0 ? nil : hasLanded
        }
    }

    private final class Box: Sendable {
        let left: Atomic<Int>

        init(_ left: consuming Atomic<Int>) { self.left = left }
    }

    func waitForMore(than known: UInt64, checking: @Sendable () throws -> Void) async throws -> UInt64 {
        try await sequencer.waitForMore(than: known, checking: checking)
    }
}

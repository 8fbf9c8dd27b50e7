internal import Storage
internal import Synchronization

/// Notices that another process keeps the lock of writers, while this one writes nothing: one that works lets go of it between two looks,
/// or commits.
final class LockWatch: Sendable {
    private struct Look {
        /// The last transaction that was committed when the lock was first seen held.
        let transaction: UInt64
        /// When a process that is stopped is to blame, and when one that runs is.
        let early: Deadline
        let late: Deadline
    }

    /// In milliseconds: how long the lock is held without a commit before it is looked who has it.
    private static let longestTurn: Int64 = 1_000

    private let environment: Environment
    private let last = Mutex<Look?>(nil)

    init(_ environment: Environment) { self.environment = environment }

    /// Who has had the lock for too long; `nil`: nobody. To be asked several times a second.
    var suspect: LockHolder? {
        guard environment.isBeingWritten else {
            last.withLock { $0 = nil }
            return nil
        }
        let transaction = environment.lastTransactionID
        let look = last.withLock { last in
            if let known = last, known.transaction == transaction { return known }
            let look = Look(
                transaction: transaction, early: .after(milliseconds: Self.longestTurn),
                late: .after(milliseconds: Deadline.longestLockWait))
            last = look
            return look
        }
        guard look.early.hasPassed, let holder = environment.writer else { return nil }
        return holder.isStopped || look.late.hasPassed ? holder : nil
    }
}

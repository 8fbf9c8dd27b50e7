internal import Storage
internal import Synchronization

/// Notices that another process holds the writers' lock while this one writes nothing. A process that makes progress releases the lock
/// between two checks, or commits.
final class LockWatch: Sendable {
    private struct Look {
        /// The last committed transaction when the lock was first seen held.
        let transaction: UInt64
        /// The deadline after which a stopped holder of the lock is reported; `late` is that of a running holder.
        let early: Deadline
        let late: Deadline
    }

    /// How long the lock is held without a commit before its holder is looked up, in milliseconds.
    private static let longestTurn: Int64 = 1_000

    private let environment: Environment
    private let last = Mutex<Look?>(nil)

    init(_ environment: Environment) { self.environment = environment }

    /// The process that has held the lock for too long; `nil` where there is none. To be read several times a second.
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

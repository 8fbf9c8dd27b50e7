internal import Storage
internal import Synchronization

/// Notices that another process keeps the lock of writers while this process writes nothing. A process that works lets go of the lock
/// between two looks, or commits.
final class LockWatch: Sendable {
    private struct Look {
        /// The last committed transaction when the lock was first seen held.
        let transaction: UInt64
        /// From then on a process is to blame that is stopped.
        let stoppedDeadline: Deadline
        /// From then on a process is to blame that runs.
        let runningDeadline: Deadline
    }

    /// How long the lock is held without a commit before the holder is looked for.
    private static let maxTurn = Duration.seconds(1)

    private let environment: Environment
    private let last = Mutex<Look?>(nil)

    init(_ environment: Environment) { self.environment = environment }

    /// The process that has had the lock for too long; `nil` where there is none. To be called several times a second.
    var suspect: LockHolder? {
        guard environment.isBeingWritten else {
            last.withLock { $0 = nil }
            return nil
        }
        let transaction = environment.lastTransactionID
        let look = last.withLock { last in
            if let known = last, known.transaction == transaction { return known }
            let look = Look(
                transaction: transaction, stoppedDeadline: .after(Self.maxTurn),
                runningDeadline: .after(Deadline.longestLockWait))
            last = look
            return look
        }
        guard look.stoppedDeadline.hasPassed, let holder = environment.writer else { return nil }
        return holder.isStopped || look.runningDeadline.hasPassed ? holder : nil
    }
}

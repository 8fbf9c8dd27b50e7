internal import Storage
internal import Synchronization

/// Notices that another process keeps the lock of writers while this process writes nothing. A process that makes progress releases the
/// lock between two checks, or commits.
final class LockWatch: Sendable {
    private struct LockSample {
        /// The last committed transaction at the time when the lock was first found taken.
        let transaction: UInt64
        /// The time from which on a stopped process is reported as the suspect.
        let stoppedDeadline: Deadline
        /// The time from which on a running process is reported as the suspect.
        let runningDeadline: Deadline
    }

    /// How long the lock is held without a commit before the holder is looked for.
    private static let maxHold = Duration.seconds(1)

    private let environment: Environment
    private let last = Mutex<LockSample?>(nil)

    init(_ environment: Environment) { self.environment = environment }

    /// The process that has had the lock for too long; `nil` where there is none. The property is read several times a second.
    var suspect: LockHolder? {
        guard environment.isBeingWritten else {
            last.withLock { $0 = nil }
            return nil
        }
        let transaction = environment.lastTransactionID
        let look = last.withLock { last in
            if let known = last, known.transaction == transaction { return known }
            let look = LockSample(
                transaction: transaction, stoppedDeadline: .after(Self.maxHold),
                runningDeadline: .after(Deadline.maxLockWait))
            last = look
            return look
        }
        guard look.stoppedDeadline.hasPassed, let holder = environment.writer else { return nil }
        return holder.isStopped || look.runningDeadline.hasPassed ? holder : nil
    }
}

internal import LMDB
internal import Synchronization

/// Notices that another process keeps the lock of writers, while this one writes nothing: one that works lets go of it between two looks,
/// or commits.
final class LockWatch: Sendable {
    private struct Look {
        /// The last transaction that was committed when the lock was first seen held.
        let transaction: UInt64
        let alarm: Deadline
    }

    /// In milliseconds: how long the lock is held without a commit before it is asked for.
    private static let longestTurn: Int64 = 1_000

    private let environment: Environment
    private let last = Mutex<Look?>(nil)

    init(_ environment: Environment) { self.environment = environment }

    /// Who has the lock for so long that it is worth asking for; `nil`: nobody. To be asked several times a second.
    var suspect: LockHolder? {
        guard environment.isBeingWritten else {
            last.withLock { $0 = nil }
            return nil
        }
        let transaction = environment.lastTransactionID
        let isOverdue = last.withLock { last in
            if let known = last, known.transaction == transaction { return known.alarm.hasPassed }
            last = Look(transaction: transaction, alarm: .after(milliseconds: Self.longestTurn))
            return false
        }
        return isOverdue ? environment.writer : nil
    }
}

public import KeyEvents
public import Storage

/// The sequencer of a single host. It takes positions from the LMDB files themselves: LMDB's write lock makes its transactions
/// exclusive among all processes on the host.
public final class EmbeddedSequencer: Sequencer {
    /// The reader of the log that the sequencer appends to.
    public let reader: LogReader
    private let time: @Sendable (LogHead) -> BatchTime
    /// The head that this process has seen last. Nothing is appended to files that do not continue it.
    public let continuity = LogContinuity()

    /// Creates a sequencer.
    ///
    /// - Parameters:
    ///   - environment: The environment of the log.
    ///   - time: Returns the times of what is decided and recorded after a head. It is called once in each transaction.
    public init(_ environment: Environment, time: @escaping @Sendable (LogHead) -> BatchTime) {
        reader = LogReader(environment)
        self.time = time
    }

    /// Creates a sequencer with a clock that is relied on whatever it says.
    public convenience init(_ environment: Environment, now: @escaping @Sendable () -> Timestamp) {
        self.init(environment) { BatchTime(RecordTime(clock: now(), after: $0.time)) }
    }

    /// Runs one transaction at the head of the log, inside LMDB's write transaction; see `Sequencer`.
    public func transact<R>(until deadline: Deadline, _ body: (inout WriteTransaction, inout BatchAppender) throws -> R) throws -> R {
        var batch: (result: R, head: LogHead, frontier: MerkleFrontier, hasAppended: Bool)?
        do {
            try reader.environment.write(until: deadline) { transaction in
                batch = nil
                let start = try continuity.read(reader, after: continuity.head, transaction)
                var appender = BatchAppender(tables: reader.tables, head: start.log, frontier: start.frontier, time: time(start.log))
                let result = try body(&transaction, &appender)
                let head = try appender.finish(&transaction)
                batch = (result, head, appender.frontier, head.next > start.size)
            }
        } catch {
            // A commit that failed may still have reached the disk. The files were reopened, and what they hold decides.
            guard let batch, batch.hasAppended else { throw error }
            let head = batch.head
            switch holds(head) {
            case true?: break
            case false?: throw error
            case nil: throw UncertainCommit(cause: error) { self.holds(head) }
            }
        }
        guard let batch else { preconditionFailure("a turn ended without a result") }
        continuity.note(LogContinuity.Head(log: batch.head, frontier: batch.frontier))
        return batch.result
    }

    /// Returns whether the log reaches as far as `head` and has the same record there; others may have appended since. `nil`
    /// means that the log cannot be read.
    func holds(_ head: LogHead) -> Bool? {
        guard let last = head.last else { return false }
        do {
            return try reader.environment.read { try reader.leaf(at: last, $0) } == head.leaf
        } catch {
            return nil
        }
    }

    private static let pollInterval = Duration.milliseconds(5)
    /// About one second.
    private static let pollsPerCheck = 200

    /// Waits for a record beyond `known`. Other processes cannot notify this one, so the number of the newest transaction is
    /// polled, which costs two loads from shared memory.
    ///
    /// A commit is in the file a moment before it is announced to readers, and a view that is opened in that moment is of the one
    /// before. So the newest number is held against that of the view which showed no further record, never against one that was read
    /// on its own: the difference would be taken for seen, and the record be noticed with the next commit only.
    public func waitForMore(than known: UInt64, checking: @Sendable () throws -> Void) async throws -> UInt64 {
        var polls = 0
        while true {
            let (next, view) = try reader.environment.read { (try reader.next($0), $0.id) }
            if next > known { return next }
            repeat {
                polls += 1
                if polls.isMultiple(of: Self.pollsPerCheck) { try checking() }
                try await Task.sleep(for: Self.pollInterval)
            } while reader.environment.lastTransactionID == view
        }
    }
}

/// A commit failed, and for now it cannot be seen whether it reached the disk nevertheless.
public struct UncertainCommit: Error {
    /// The error of the commit.
    public let cause: any Error
    /// Returns whether the commit reached the disk; `nil` while that still cannot be seen.
    public let hasLanded: @Sendable () -> Bool?

    /// Creates the error.
    public init(cause: any Error, hasLanded: @escaping @Sendable () -> Bool?) {
        self.cause = cause
        self.hasLanded = hasLanded
    }
}

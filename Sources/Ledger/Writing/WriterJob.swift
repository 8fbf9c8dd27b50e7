internal import Bytes
internal import EventLog
internal import KeyEvents
internal import Projections
internal import Storage

/// How long a job may be put off for others to share its commit, which costs as much as writing a hundred of them.
enum Patience: Comparable {
    case none
    /// Its caller waits: only as long as it takes many others that are on their way.
    case short
    case long
}

/// Something that waits for its part of a turn at the head of the log. `perform` and `finish` are called on the writer's
/// thread; `perform` may be called again from the start, with nothing of the earlier time left; `finish` is called once.
class WriterJob: @unchecked Sendable {
    /// Lifecycle commands go before uses, and may use the space kept in reserve.
    var isLifecycle: Bool { false }
    /// Its caller has been answered already: it is tried until it is recorded, or the ledger is closed.
    var isAcknowledged: Bool { false }
    var patience: Patience { isAcknowledged ? .long : isLifecycle ? .none : .short }
    /// When it fails where another process keeps it from being written; set when it is queued.
    final var deadline = Deadline.lockWait
    /// Whether it is worth waiting for another process's lock until then; else only for a moment.
    var waitsForLock: Bool { true }
    /// About what its record takes in the file. Of no use for lifecycle commands, which have the reserve.
    var recordBytes: Int { 512 }

    /// A throw before anything was appended, but for one of LMDB's, fails this job alone and for good. Any other undoes the turn;
    /// its jobs are then tried again one by one, and so one that throws again fails alone too.
    func perform(_ turn: inout Turn, _ transaction: inout WriteTransaction, _ appender: inout Appender) throws {}

    /// The turn is durable (`nil`), or this job failed.
    func finish(_ error: (any Error)?) {}
}

/// What the jobs of one turn share.
struct Turn {
    let store: StateStore
    /// One more than the position of the last event that may have changed what some key is allowed to do.
    var lifecycleEnd: UInt64

    init(_ tables: StateTables, _ log: LogTables, _ transaction: borrowing WriteTransaction) throws {
        try LogMeta.checkFeatures(log, transaction)
        store = StateStore(try tables.current(transaction))
        do {
            lifecycleEnd = try LogMeta.lifecycleEnd.number(log, transaction) ?? 0
        } catch LogError.derivedDamaged {
            // Every verdict is asked once more, and the next change of a key writes it anew.
            lifecycleEnd = try LogReader.next(log, transaction)
        }
    }
}

/// Finds out whether the files can be written again: puts down what stands there already, which takes a commit like any other.
final class TrialJob: WriterJob, @unchecked Sendable {
    private let tables: LogTables
    private let onEnd: @Sendable () -> Void

    /// `onEnd` is called when it is known, on the writer's thread.
    init(_ tables: LogTables, onEnd: @escaping @Sendable () -> Void) {
        self.tables = tables
        self.onEnd = onEnd
    }

    override var waitsForLock: Bool { false }

    override func finish(_ error: (any Error)?) { onEnd() }

    override func perform(_ turn: inout Turn, _ transaction: inout WriteTransaction, _ appender: inout Appender) throws {
        try LogMeta.lifecycleEnd.set(turn.lifecycleEnd.bigEndianBytes, tables, &transaction)
    }
}

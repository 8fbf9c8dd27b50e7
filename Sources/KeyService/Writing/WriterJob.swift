internal import EventLog
internal import KeyEvents
internal import LMDB
internal import Projections

/// Something that waits for its part of a turn at the head of the log. `perform` and `finish` are called on the writer's
/// thread; `perform` may be called again from the start, with nothing of the first time left.
class WriterJob: @unchecked Sendable {
    /// Lifecycle commands go before uses, and may use the space kept in reserve.
    var isLifecycle: Bool { false }
    /// Its caller has been answered already: it must not be dropped.
    var isAcknowledged: Bool { false }

    /// A throw before anything was appended fails this job alone; after, the whole turn.
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
        store = StateStore(try tables.current(transaction))
        lifecycleEnd = try LogMeta.lifecycleEnd.number(log, transaction) ?? 0
    }
}

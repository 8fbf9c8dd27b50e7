internal import EventLog
internal import Projections
internal import Storage

/// The state that the jobs of one batch share.
struct AppendBatch {
    let store: StateStore
    /// The position after the last event that may have changed what some key is allowed to do.
    var lifecycleEnd: UInt64

    init(_ tables: StateTables, _ log: LogTables, _ transaction: borrowing WriteTransaction) throws {
        try LogMeta.checkFeatures(log, transaction)
        store = StateStore(try tables.current(transaction))
        do {
            lifecycleEnd = try LogMeta.lifecycleEnd.number(log, transaction) ?? 0
        } catch LogError.derivedDamaged {
            // Where the head of the log stands in for it, every verdict is confirmed once more, and the next change of a key writes it
            // anew.
            lifecycleEnd = try LogReader.next(log, transaction)
        }
    }
}

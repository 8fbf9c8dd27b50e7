internal import EventLog
public import LMDB

/// Which state tables are in force in a transaction's view, and the last record they reflect.
public struct StateView: Sendable {
    public let store: StateStore
    /// `nil` for an empty log.
    public let position: UInt64?

    /// Worked out once per commit and reader, not per question: pointer and position are part of the snapshot, so the same
    /// snapshot always gives the same.
    public init(_ tables: StateTables, _ transaction: borrowing ReadTransaction) throws {
        let packed = try transaction.remembered {
            // Another process may have begun to use what this one does not know.
            try LogMeta.checkFeatures(tables.log, transaction)
            let next = try LogReader.next(tables.log, transaction)
            return next << 1 | UInt64(try tables.currentNumber(transaction))
        }
        store = StateStore(tables.sets[Int(packed & 1)])
        position = packed >> 1 == 0 ? nil : (packed >> 1) - 1
    }
}

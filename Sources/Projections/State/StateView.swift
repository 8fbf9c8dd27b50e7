internal import EventLog
public import KeyEvents
public import Storage

/// The state tables that are in force in a transaction's view, and the last record that they reflect.
public struct StateView: Sendable {
    /// The state tables that are in force.
    public let store: StateStore
    /// The position of the last record; `nil` for an empty log.
    public let position: UInt64?
    /// The times of the last record; `nil` for an empty log.
    private let newest: RecordTime?

    /// Reads which tables are in force. The numbers are computed once per commit and reader, and not per question: pointer,
    /// position and times are part of the snapshot, so the same snapshot always gives the same.
    ///
    /// It throws `LogError` where the log needs a feature that this version does not know, or is damaged, and `StorageError`
    /// where it cannot be read.
    public init(_ tables: StateTables, _ transaction: borrowing ReadTransaction) throws {
        let numbers = try transaction.remembered {
            // Another process may have begun to use a feature that this one does not know.
            try LogMeta.checkFeatures(tables.log, transaction)
            let next = try LogReader.next(tables.log, transaction)
            let time = next == 0 ? nil : try LogReader.newestTime(tables.log, transaction)
            return SIMD4(
                next, UInt64(try tables.currentNumber(transaction)), UInt64(bitPattern: time?.recordedAt.microseconds ?? 0),
                UInt64(bitPattern: time?.decidedAt.microseconds ?? 0))
        }
        store = StateStore(tables.sets[Int(numbers[1])])
        position = numbers[0] == 0 ? nil : numbers[0] - 1
        newest =
            numbers[0] == 0
            ? nil
            : RecordTime(
                recordedAt: Timestamp(microseconds: Int64(bitPattern: numbers[2])),
                occurredAt: Timestamp(microseconds: Int64(bitPattern: numbers[3])))
    }

    /// Returns the time by which a question is decided that is asked now, which is never earlier than that of the last record.
    ///
    /// - Parameter clock: The reading of the wall clock.
    /// - Returns: The time of the decision.
    public func time(at clock: Timestamp) -> Timestamp { RecordTime(clock: clock, after: newest).decidedAt }
}

internal import EventLog
public import KeyEvents
public import Storage

/// Which state tables are in force in a transaction's view, and the last record they reflect.
public struct StateView: Sendable {
    public let store: StateStore
    /// `nil` for an empty log.
    public let position: UInt64?
    /// Of the last record; `nil` for an empty log.
    private let newest: RecordTime?

    /// Worked out once per commit and reader, not per question: pointer, position and times are part of the snapshot, so the same
    /// snapshot always gives the same.
    public init(_ tables: StateTables, _ transaction: borrowing ReadTransaction) throws {
        let numbers = try transaction.remembered {
            // Another process may have begun to use what this one does not know.
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

    /// By which a question is decided that is asked now: never earlier than the last record was.
    /// `clock`: what the clock says.
    public func time(at clock: Timestamp) -> Timestamp { RecordTime(clock: clock, after: newest).decidedAt }
}

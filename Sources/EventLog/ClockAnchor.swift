internal import Bytes
internal import KeyEvents
public import Storage

/// The clock as the processes on this host last believed it: how far the wall clock was ahead of the monotonic clock, which
/// nobody sets. A process that starts has nothing else to compare its clock with but the newest record.
///
/// It is the row `clock` of the table `meta`: the difference (8 bytes, microseconds, big-endian, signed) ‖ the name of the
/// monotonic clock, UTF-8; with its check (`RowCheck`). It is stored once, and a row that does not match its check counts as
/// absent: nothing that is stored depends on it.
public struct ClockAnchor: Equatable, Sendable {
    /// The wall clock minus the monotonic clock, in microseconds.
    public let difference: Int64
    /// The name of the monotonic clock, which differs after each start of the machine.
    public let monotonicClock: String

    private static let key = Array("clock".utf8)

    /// Creates an anchor.
    ///
    /// - Parameters:
    ///   - difference: The wall clock minus the monotonic clock, in microseconds.
    ///   - monotonicClock: The name of the monotonic clock.
    public init(difference: Int64, monotonicClock: String) {
        self.difference = difference
        self.monotonicClock = monotonicClock
    }

    /// Returns the stored anchor; `nil` where there is none that can be read.
    public static func stored(_ tables: LogTables, _ transaction: borrowing some Transaction & ~Copyable) throws(StorageError)
        -> ClockAnchor?
    {
        guard let row = try transaction.get(key.span, in: tables.meta), let value = RowCheck.value(row, key: key.span), value.count >= 8
        else { return nil }
        return ClockAnchor(
            difference: Int64(bitPattern: value.bigEndian()),
            monotonicClock: String(decoding: value.extracting(8..<value.count).copy(), as: UTF8.self))
    }

    /// Stores the anchor in place of the earlier one.
    public func store(_ tables: LogTables, _ transaction: inout WriteTransaction) throws(StorageError) {
        let value = UInt64(bitPattern: difference).bigEndianBytes + Array(monotonicClock.utf8)
        try transaction.put(Self.key, RowCheck.checked(value, key: Self.key), in: tables.meta)
    }
}

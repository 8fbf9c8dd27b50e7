internal import Bytes
internal import KeyEvents
public import Storage

/// What processes on this host know of the clock from each other: how far the wall clock was ahead of the monotonic one, which nobody sets,
/// when it was last believed. One that starts anew has nothing else to compare its clock with but the newest record.
///
/// The row `clock` of the table `meta`: the difference (8 bytes, microseconds, big-endian, signed) ‖ the name of the monotonic clock, UTF-8;
/// with its check (`RowCheck`). It stands once, and what does not fit its check is as none: nothing rests on it that is stored.
public struct ClockAnchor: Equatable, Sendable {
    /// The wall clock less the monotonic one, in microseconds.
    public let difference: Int64
    /// Names the monotonic clock: another after each start of the machine.
    public let monotonicClock: String

    private static let key = Array("clock".utf8)

    public init(difference: Int64, monotonicClock: String) {
        self.difference = difference
        self.monotonicClock = monotonicClock
    }

    /// `nil`: there is none that can be read.
    public static func stored(_ tables: LogTables, _ transaction: borrowing some Transaction & ~Copyable) throws(StorageError)
        -> ClockAnchor?
    {
        guard let row = try transaction.get(key.span, in: tables.meta), let value = RowCheck.value(row, key: key.span), value.count >= 8
        else { return nil }
        return ClockAnchor(
            difference: Int64(bitPattern: value.bigEndian()),
            monotonicClock: String(decoding: value.extracting(8..<value.count).copy(), as: UTF8.self))
    }

    public func store(_ tables: LogTables, _ transaction: inout WriteTransaction) throws(StorageError) {
        let value = UInt64(bitPattern: difference).bigEndianBytes + Array(monotonicClock.utf8)
        try transaction.put(Self.key, RowCheck.checked(value, key: Self.key), in: tables.meta)
    }
}

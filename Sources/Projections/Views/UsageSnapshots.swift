internal import Bytes
internal import EventLog
internal import KeyEvents
internal import Storage

/// Snapshots of keys' usage, by which the usage as of any position is found without reading the log from its beginning. The log
/// is cut into intervals of equally many positions. For each key and interval in which the key has events, the key's `KeyUsage`
/// as of its last event there is kept. The newest need not be kept, since it is what `usage` holds. So a row is written once,
/// when the key's next event falls into a later interval: most batches write none, and the rows follow from the log alone, not
/// from how it was read.
public struct UsageSnapshots: Sendable {
    /// The default number of positions of an interval, as a power of two. Reading so many records takes a fraction of a second; a
    /// key that is used all the time costs a row of some 100 bytes an interval.
    public static let defaultBits = 19

    let bits: Int

    /// Creates snapshots with intervals of 2^`bits` positions.
    public init(bits: Int = UsageSnapshots.defaultBits) { self.bits = bits }

    func interval(of position: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: position >> UInt64(bits)) }

    /// Returns the first position of the interval that `position` lies in.
    func start(of position: UInt64) -> UInt64 { (position >> UInt64(bits)) << UInt64(bits) }

    /// Keeps a usage where its interval is complete. It must be called before an event at `position` is added to the key's usage.
    func keep(
        _ usage: KeyUsage, _ id: [UInt8], before position: UInt64, _ tables: ViewTables, _ transaction: inout WriteTransaction
    ) throws {
        guard usage.events > 0, interval(of: usage.lastPosition) != interval(of: position) else { return }
        let key = id + interval(of: usage.lastPosition).bigEndianBytes
        try transaction.put(key, RowCheck.checked(usage.encode(), key: key), in: tables.snapshots)
    }

    /// Returns what was kept of the intervals before the one that begins at `start`; `nil` where the key had no event there.
    func usage(
        of key: KeyID, before start: UInt64, _ tables: ViewTables, _ transaction: borrowing some Transaction & ~Copyable
    ) throws -> KeyUsage? {
        let id = key.raw.bytes
        var cursor = try transaction.cursor(in: tables.snapshots)
        guard try cursor.seek(before: (id + interval(of: start).bigEndianBytes).span), cursor.key.count == 20,
            cursor.key.extracting(0..<16).copy() == id
        else { return nil }
        guard let value = RowCheck.value(cursor.value, key: cursor.key), let usage = KeyUsage(value) else {
            throw LogError.derivedDamaged(what: "the usage of \(key) at an earlier moment")
        }
        return usage
    }
}

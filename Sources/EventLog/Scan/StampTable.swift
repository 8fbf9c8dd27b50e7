internal import KeyEvents

/// The stamps of all records of a gapless log: 8 bytes a record.
struct StampTable {
    private var first: UInt64?
    private var stamps: [Timestamp] = []
    private var isUsable = true

    /// Missing records in a row beyond which no table is kept: their places stand here too.
    private static let mostMissing: UInt64 = 1 << 20

    mutating func append(_ stamp: Timestamp, at position: UInt64) {
        guard isUsable else { return }
        let index = position &- (first ?? position)
        first = first ?? position
        guard index >= UInt64(stamps.count), index - UInt64(stamps.count) <= Self.mostMissing else {
            (isUsable, stamps) = (false, [])
            return
        }
        // A missing record has the stamp of the one before at least.
        while UInt64(stamps.count) < index { stamps.append(stamps.last ?? stamp) }
        stamps.append(stamp)
    }

    /// Whether `time` lies before the stamp of the record at `position` by more than `margin` microseconds, although the log's clock went on
    /// from there to `now`. Where it did not, the stamp may be that of a clock that was ahead once, and says nothing.
    func isBefore(_ time: Timestamp, _ position: UInt64, by margin: Int64, _ now: Timestamp) -> Bool {
        guard isUsable, let first, position >= first, position - first < UInt64(stamps.count) else { return false }
        let stamp = stamps[Int(position - first)]
        return stamp < now && stamp.microseconds - time.microseconds > margin
    }
}

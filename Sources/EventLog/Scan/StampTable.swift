internal import KeyEvents

/// The stamps of all records of a gapless log, to the minute: 4 bytes a record.
struct StampTable {
    private var first: UInt64?
    /// Since the year 0.
    private var minutes: [UInt32] = []
    private var isUsable = true

    /// Missing records in a row beyond which no table is kept: their stamps stand here too.
    private static let mostMissing: UInt64 = 1 << 20
    private static let secondsBeforeEpoch: Int64 = 62_167_219_200

    mutating func append(_ stamp: Timestamp, at position: UInt64) {
        guard isUsable else { return }
        let index = position &- (first ?? position)
        first = first ?? position
        guard index >= UInt64(minutes.count), index - UInt64(minutes.count) <= Self.mostMissing else {
            (isUsable, minutes) = (false, [])
            return
        }
        while UInt64(minutes.count) < index { minutes.append(minutes.last ?? 0) }
        minutes.append(Self.minute(stamp))
    }

    /// Whether `time` lies before the stamp of the record at `position` by more than a margin, although the log's clock went on from there
    /// to `now`. Where it did not, the stamp may be that of a clock that was ahead once, and says nothing.
    func isBefore(_ time: Timestamp, _ position: UInt64, _ now: Timestamp) -> Bool {
        guard isUsable, let first, position >= first, position - first < UInt64(minutes.count) else { return false }
        let stamp = minutes[Int(position - first)]
        let margin = UInt32(HistoryCheck.clockMargin / 60_000_000)
        return stamp < Self.minute(now) && UInt64(Self.minute(time)) + UInt64(margin) < UInt64(stamp)
    }

    private static func minute(_ time: Timestamp) -> UInt32 {
        UInt32(truncatingIfNeeded: max(0, min((time.second + secondsBeforeEpoch) / 60, Int64(UInt32.max))))
    }
}

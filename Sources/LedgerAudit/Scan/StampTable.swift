internal import KeyEvents

/// The times by which the records of a gapless log were decided, 8 bytes per record.
struct StampTable {
    private var first: UInt64?
    private var stamps: [Timestamp] = []
    private var isUsable = true

    /// The maximum number of missing records in a row. Beyond it no table is kept, since missing records take an entry too.
    private static let maxMissingStamps: UInt64 = 1 << 20

    mutating func append(_ stamp: Timestamp, at position: UInt64) {
        guard isUsable else { return }
        let index = position &- (first ?? position)
        first = first ?? position
        guard index >= UInt64(stamps.count), index - UInt64(stamps.count) <= Self.maxMissingStamps else {
            (isUsable, stamps) = (false, [])
            return
        }
        // A missing record has at least the stamp of the record before it.
        while UInt64(stamps.count) < index { stamps.append(stamps.last ?? stamp) }
        stamps.append(stamp)
    }

    /// Returns the time of the record at `position`; `nil` where it is not known.
    func time(at position: UInt64) -> Timestamp? {
        guard isUsable, let first, position >= first, position - first < UInt64(stamps.count) else { return nil }
        return stamps[Int(position - first)]
    }
}

internal import KeyEvents

/// The times by which what the records of a gapless log say was decided: 8 bytes a record.
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

    /// The time of the record at `position`; `nil` where it is not known.
    func time(at position: UInt64) -> Timestamp? {
        guard isUsable, let first, position >= first, position - first < UInt64(stamps.count) else { return nil }
        return stamps[Int(position - first)]
    }
}

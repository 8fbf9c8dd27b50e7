public import KeyEvents

/// A range of the log, for counting what was recorded in it.
public struct LogSpan: Equatable, Sendable {
    /// The first position of the range.
    public let start: UInt64
    /// The end of the range: `AsOf.end` is the first position that no longer belongs to it.
    public let end: AsOf
    /// The time at which the range begins; `nil` where it begins at a position, or with the log.
    public let startTime: Timestamp?
    /// The time before which the range ends; for a range that ends at a position, the time at which its last record was decided. Never
    /// in the future: a range that was to end there, or now, ends just after the newest record.
    public let endTime: Timestamp
}

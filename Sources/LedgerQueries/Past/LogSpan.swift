public import KeyEvents

/// A stretch of the log, for counting what was recorded in it.
public struct LogSpan: Equatable, Sendable {
    /// The first position.
    public let start: UInt64
    /// Its end is the first position that no longer belongs to it.
    public let end: Moment
    /// From when on; `nil` where the span begins at a position, or with the log.
    public let startTime: Timestamp?
    /// Before when; of a span that ends at a position, when the last record in it was decided. Never in the future: a span that was to end
    /// there, or now, ends just behind the newest record.
    public let endTime: Timestamp
}

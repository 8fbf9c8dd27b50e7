/// A stretch of the log, for counting what was recorded in it.
public struct LogSpan: Equatable, Sendable {
    /// The first position.
    public let start: UInt64
    /// Its end is the first position that no longer belongs to it.
    public let end: Moment
}

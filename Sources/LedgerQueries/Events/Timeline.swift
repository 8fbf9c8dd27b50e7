public import KeyEvents
public import Projections

/// The history of a key for people, newest first: each event, and each hour in which it was used or refused as one line. An hour is
/// sorted by its end; an event at the same time is newer.
public struct Timeline: Sendable {
    /// A line of the timeline.
    public enum Item: Sendable {
        /// An event.
        case event(RecordedEvent)
        /// An hour in which the key was used or refused, with its beginning and its counts.
        case hour(start: Timestamp, UsageCounts)

        /// The time by which the item is sorted.
        public var time: Timestamp {
            switch self {
            case .event(let recorded): recorded.event.recordedAt
            case .hour(let start, _): start + Views.Bucket.hour.width
            }
        }
    }

    /// The lines, newest first.
    public let items: [Item]
    /// The time before which older items are to be read; `nil` where none follow.
    public let next: Timestamp?
}

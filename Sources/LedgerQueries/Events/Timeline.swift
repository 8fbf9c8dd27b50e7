public import KeyEvents
public import Projections

/// What happened to a key, newest first: each event, and each hour in which it was used or refused as one line. An hour stands
/// where it ends; an event at that moment is newer.
public struct Timeline: Sendable {
    public enum Item: Sendable {
        case event(RecordedEvent)
        case hour(start: Timestamp, UsageCounts)

        /// By which the item is sorted.
        public var time: Timestamp {
            switch self {
            case .event(let recorded): recorded.event.recordedAt
            case .hour(let start, _): start.adding(seconds: Views.Bucket.hour.width)
            }
        }
    }

    public let items: [Item]
    /// Older items follow: ask for those before this.
    public let next: Timestamp?
}

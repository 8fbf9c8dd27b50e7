public import KeyEvents
public import Ledger

/// A record as read back.
public struct RecordedEvent: Sendable {
    public let position: UInt64
    public let event: Event
    /// `nil` where there are none, or they cannot be read any more.
    public let personal: PersonalFields?
    /// The key before the event, where the event replaces something (a change, an expiry, a new or ended secret); `nil` elsewhere, and
    /// where it cannot be told.
    public let before: KeyView?

    public init(position: UInt64, event: Event, personal: PersonalFields?, before: KeyView? = nil) {
        self.position = position
        self.event = event
        self.personal = personal
        self.before = before
    }
}

/// Some of the events that a filter lets through, in the order of the log.
public struct EventPage: Sendable {
    /// What follows the page.
    public enum Rest: Sendable {
        /// Perhaps more: so many records were looked at, or so many events found, as one page may cost.
        case unread
        /// Nothing until something is recorded.
        case unwritten
        /// Nothing ever: the end of the time asked for lies behind.
        case none
    }

    public let events: [RecordedEvent]
    /// Where to go on. Everything before is told or does not pass the filter.
    public let next: UInt64
    public let rest: Rest
}

public import KeyEvents
public import Ledger

/// An event as it was read from the log.
public struct RecordedEvent: Sendable {
    /// The position of the event.
    public let position: UInt64
    /// The event.
    public let event: Event
    /// The opened personal fields; `nil` where there are none, or where they can no longer be read.
    public let personal: PersonalFields?
    /// The key before the event, where the event replaces something (a change, an expiry, a new or ended secret); `nil` for other
    /// events, and where it is not known.
    public let before: DecryptedKey?
    /// The rules of the account before the event, where the event changes them; `nil` for other events, and where they are not known.
    public let rulesBefore: AccountRules?

    /// Makes an event that was read.
    ///
    /// - Parameters:
    ///   - position: the position of the event.
    ///   - event: the event.
    ///   - personal: the opened personal fields; `nil` where there are none.
    ///   - before: the key before the event; `nil` where the event replaces nothing.
    ///   - rulesBefore: the rules of the account before the event; `nil` where the event does not change them.
    public init(
        position: UInt64, event: Event, personal: PersonalFields?, before: DecryptedKey? = nil, rulesBefore: AccountRules? = nil
    ) {
        self.position = position
        self.event = event
        self.personal = personal
        self.before = before
        self.rulesBefore = rulesBefore
    }
}

/// A page of the events that a filter lets through, in the order of the log.
public struct EventPage: Sendable {
    /// The kinds of what follows a page.
    public enum Rest: Sendable {
        /// There may be more: the page has read as many records, or found as many events, as one page may.
        case unread
        /// There is nothing more until something is recorded.
        case unwritten
        /// There will never be more: the end of the requested time has passed.
        case none
    }

    /// The events of the page.
    public let events: [RecordedEvent]
    /// The position to continue from. Every earlier event is on a page or does not pass the filter.
    public let next: UInt64
    /// The kind of what follows the page.
    public let rest: Rest
}

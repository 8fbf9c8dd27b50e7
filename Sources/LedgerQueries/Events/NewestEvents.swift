/// A page of events, newest first.
public struct NewestEvents: Sendable {
    /// The events, newest first.
    public let events: [RecordedEvent]
    /// The position before which the next page begins; `nil` where none follows. A page that has read as many records as one page may
    /// is short, or empty, and another one follows.
    public let next: UInt64?
}

public import KeyEvents

/// Selects events; an event passes where everything that is set holds.
public struct EventFilter: Equatable, Sendable {
    /// The key of the events.
    public var key: KeyID?
    /// The account of the events.
    public var account: AccountID?
    /// The types of the events; empty for every type, also those of newer versions.
    public var types: Set<EventType>
    /// The time from which events were recorded.
    public var since: Timestamp?
    /// The time before which events were recorded.
    public var until: Timestamp?

    /// Makes a filter; what is not given passes every event.
    ///
    /// - Parameters:
    ///   - key: the key of the events.
    ///   - account: the account of the events.
    ///   - types: the types of the events; empty for every type.
    ///   - since: the time from which events were recorded.
    ///   - until: the time before which events were recorded.
    public init(
        key: KeyID? = nil, account: AccountID? = nil, types: Set<EventType> = [], since: Timestamp? = nil, until: Timestamp? = nil
    ) {
        self.key = key
        self.account = account
        self.types = types
        self.since = since
        self.until = until
    }
}

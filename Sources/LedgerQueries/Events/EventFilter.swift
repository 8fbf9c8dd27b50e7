public import KeyEvents

/// Which events are asked for. All that is said must hold.
public struct EventFilter: Equatable, Sendable {
    public var key: KeyID?
    public var account: AccountID?
    /// Empty: of every type, those of newer versions too.
    public var types: Set<EventType>
    /// Recorded at this time or later.
    public var since: Timestamp?
    /// Recorded before this time.
    public var until: Timestamp?

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

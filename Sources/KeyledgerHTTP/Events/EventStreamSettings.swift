/// Of the streams of events.
public struct EventStreamSettings: Sendable {
    /// How many may be open at once, in all, and for the keys of one account other than `operator`.
    public var most = 256
    public var mostOfAccount = 64
    /// Of all, how many only the account `operator` may take: no account keeps those out who look after the service.
    public var reserved: Int { most / 8 }
    /// How long a stream says nothing at most, in microseconds: well below what proxies bear.
    public var heartbeat: Int64 = 15_000_000
    /// How long a client may take nothing of what waits for it, in microseconds. It can go on from where it was.
    public var patience: Int64 = 60_000_000

    public init() {}
}

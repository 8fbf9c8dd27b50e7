/// The limits of event streams.
public struct EventStreamSettings: Sendable {
    /// The maximum number of open streams, in total, and for the keys of one account other than `operator`.
    public var maxStreams = 256
    /// The maximum number of open streams for the keys of one account other than `operator`.
    public var maxPerAccount = 64
    /// How many of all streams are reserved for the account `operator`, so that no account can lock out the operators of the
    /// service.
    public var reserved: Int { maxStreams / 8 }
    /// The maximum time for which a stream sends nothing. It is well below the idle timeout of proxies.
    public var heartbeat = Duration.seconds(15)
    /// The maximum time for which a client receives nothing of what was sent. It can reconnect and continue where it was.
    public var outputTimeout = Duration.seconds(60)

    /// Creates the default limits.
    public init() {}

    /// Creates the limits of a server with a bounded number of connections. A stream keeps its connection for as long as its client likes,
    /// so streams get a quarter of the connections, and one account a quarter of that: the rest is for calls.
    ///
    /// - Parameter maxConnections: The maximum number of open connections of the server.
    public init(maxConnections: Int) {
        maxStreams = min(maxStreams, max(1, maxConnections / 4))
        maxPerAccount = min(maxPerAccount, max(1, maxStreams / 4))
    }
}

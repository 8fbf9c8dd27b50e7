/// The limits that a server sets on its connections: how many there may be, and how long each may take for what. They are
/// defined here only.
public struct ConnectionLimits: Sendable {
    /// The maximum number of open connections. Further clients wait in the system's queue of connections.
    public var maxConnections: Int
    /// The maximum number of open connections of one peer. A peer is an IPv4 address or the first 64 bits of an IPv6 address.
    public var maxPerPeer: Int
    /// The maximum time from the first byte of a request to the last byte of its head.
    public var maxHeadTime = Duration.seconds(10)
    /// The maximum time from the first byte of a request to the last byte of its body.
    public var maxRequestTime = Duration.seconds(30)
    /// The maximum time without a request.
    public var maxIdleTime = Duration.seconds(60)
    /// The maximum time during which a client receives nothing of a response that waits for it.
    public var maxStallTime = Duration.seconds(60)
    /// The maximum time, after the last response of a connection, for which what the client still sends is read and discarded.
    /// A client that only writes would otherwise wait for a reader, and closing a socket with unread bytes can destroy the
    /// response on its way (RFC 9112 section 9.6).
    public var maxDrain = Duration.seconds(5)
    /// The maximum number of bytes that are read and discarded after the last response of a connection.
    public var maxDrainBytes = 128 << 20
    /// How long a connection must have been idle before it is closed to make room for a new one: the request of a client that
    /// has just connected is on its way. A client in the accept queue waits at most this long each time that other connections
    /// take all the room before it.
    public var minIdleTime = Duration.milliseconds(10)
    /// How old an incomplete head must be before its connection is closed to make room. The least recent ones are closed first,
    /// so a client that sends a head in two pieces loses its connection only when many others connect meanwhile.
    public var minHeadTime = Duration.milliseconds(20)
    /// How old a request with a complete head and an incomplete body must be before its connection is closed to make room.
    public var minRequestTime = Duration.milliseconds(250)
    /// How long a client must have received nothing of a response before its connection is closed to make room.
    public var minStallTime = Duration.seconds(5)

    /// Creates the default limits for a number of connections.
    ///
    /// - Parameter maxConnections: The maximum number of open connections. One peer may have three quarters of them.
    public init(maxConnections: Int = 1024) {
        self.maxConnections = maxConnections
        maxPerPeer = max(1, maxConnections - maxConnections / 4)
    }

    /// How many connections may be open before the least recently active idle ones are closed. The difference to `maxConnections` is room
    /// for connections that are accepted before others are closed.
    var comfortable: Int { maxConnections - min(64, max(1, maxConnections / 16)) }

    /// The maximum time that a connection may be in a phase; `nil` when there is none.
    func maxDuration(_ phase: ConnectionPhase) -> Duration? {
        switch phase {
        case .idle: maxIdleTime
        case .head: maxHeadTime
        case .body: maxRequestTime
        case .answering: nil
        case .stalled: maxStallTime
        case .draining: maxDrain
        }
    }

    /// How long a connection must have been in a phase before it may be closed to make room; `nil` when it may never be closed
    /// in that phase.
    func minDuration(_ phase: ConnectionPhase) -> Duration? {
        switch phase {
        case .idle: minIdleTime
        case .head: minHeadTime
        case .body: minRequestTime
        case .answering: nil
        case .stalled: minStallTime
        case .draining: .zero
        }
    }

    /// How often the registry checks whether a connection has been in its phase for too long.
    var lookEvery: Duration {
        let minDuration = [maxHeadTime, maxRequestTime, maxIdleTime, maxStallTime, maxDrain].min() ?? .seconds(1)
        return max(.milliseconds(20), min(.seconds(1), minDuration / 5))
    }
}

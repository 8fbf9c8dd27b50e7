/// What a server bears of its connections: how many, and for how long each may do what. No other place says so.
public struct ConnectionLimits: Sendable {
    /// How many connections may be open at once. Beyond, whoever connects waits in the system's queue of connections.
    public var most: Int
    /// How many of one peer may be open at once; a peer is an IPv4 address or the first 64 bits of an IPv6 address.
    public var mostOfPeer: Int
    /// From the first byte of a request to the last of its head.
    public var longestHead = Duration.seconds(10)
    /// From the first byte of a request to the last of its body.
    public var longestRequest = Duration.seconds(30)
    /// Without a request.
    public var longestIdle = Duration.seconds(60)
    /// For how long a client may take nothing of an answer that waits for it.
    public var longestStall = Duration.seconds(60)
    /// After the last answer of a connection: for how long what a client still sends is read and thrown away. Who only writes would
    /// else wait for a reader, and closing a socket with unread bytes can destroy the answer on its way (RFC 9112 section 9.6).
    public var longestLingering = Duration.seconds(5)
    /// Likewise, in bytes.
    public var mostLingering = 128 << 20
    /// Where room is needed: for how long a connection is idle before it is closed for a new one. The request of whoever has just
    /// connected is on its way. Whoever waits to be accepted waits for so long at most, for each time that all places are taken by others
    /// before it.
    public var shortestIdle = Duration.milliseconds(10)
    /// Likewise, how old a half head is. The least recent go first, so whoever sends it in two pieces loses only to many who come between.
    public var shortestHead = Duration.milliseconds(20)
    /// Likewise, a request whose head is complete and whose body is not.
    public var shortestRequest = Duration.milliseconds(250)
    /// Likewise, for how long an answer is not taken.
    public var shortestStall = Duration.seconds(5)

    /// - Parameter most: See the property. A peer may have three quarters of it.
    public init(most: Int = 1024) {
        self.most = most
        mostOfPeer = max(1, most - most / 4)
    }

    /// How many connections are open before the least recently active of those that are idle are closed. It leaves room for those
    /// that are accepted before others are gone.
    var comfortable: Int { most - min(64, max(1, most / 16)) }

    /// How long a connection may be in a phase; `nil`: as long as it takes.
    func longest(_ phase: ConnectionPhase) -> Duration? {
        switch phase {
        case .idle: longestIdle
        case .head: longestHead
        case .body: longestRequest
        case .answering: nil
        case .stalled: longestStall
        case .lingering: longestLingering
        }
    }

    /// Where room is needed: how long a connection is in a phase before it may be closed for another; `nil`: it is not, however long.
    func shortest(_ phase: ConnectionPhase) -> Duration? {
        switch phase {
        case .idle: shortestIdle
        case .head: shortestHead
        case .body: shortestRequest
        case .answering: nil
        case .stalled: shortestStall
        case .lingering: .zero
        }
    }

    /// How often it is looked whether a connection has been in its phase for too long.
    var lookEvery: Duration {
        let shortest = [longestHead, longestRequest, longestIdle, longestStall, longestLingering].min() ?? .seconds(1)
        return max(.milliseconds(20), min(.seconds(1), shortest / 5))
    }
}

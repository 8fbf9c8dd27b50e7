public import HummingbirdCore
public import NIOCore
internal import Synchronization

/// The connections of one listener. The registry bounds them, in total and for each peer; it closes idle ones first when there
/// is no room; and it sees to it that no connection stays in a phase for too long.
///
/// When all connections have a request in flight no connection is closed: the listener accepts no more until one is done, and
/// the system keeps new clients waiting. So file descriptors never run out, and accepting never fails.
public final class ConnectionRegistry: AvailableConnectionsDelegate {
    /// One connection, as other connections see it.
    final class Entry: Sendable {
        let id: ObjectIdentifier
        fileprivate let channel: any Channel
        fileprivate let peer: ConnectionPeer?
        /// Three bits for the phase, and the time at which it began, in nanoseconds. The connection's own thread writes this
        /// at every request, so it is atomic and has no lock.
        private let word: Atomic<UInt64>
        fileprivate let isLeaving = Atomic<Bool>(false)

        fileprivate init(_ channel: any Channel, _ peer: ConnectionPeer?, now: NIODeadline) {
            id = ObjectIdentifier(channel)
            self.channel = channel
            self.peer = peer
            word = Atomic(now.uptimeNanoseconds << 3 | ConnectionPhase.idle.rawValue)
        }

        /// The phase, and the time at which it began.
        var phase: (ConnectionPhase, since: NIODeadline) {
            get {
                let word = word.load(ordering: .relaxed)
                return (ConnectionPhase(rawValue: word & 7) ?? .answering, .uptimeNanoseconds(word >> 3))
            }
            set { word.store(newValue.since.uptimeNanoseconds << 3 | newValue.0.rawValue, ordering: .relaxed) }
        }

        fileprivate func summon(_ summons: Connection.Summons) { channel.pipeline.fireUserInboundEventTriggered(summons) }
    }

    private struct State {
        var entries: [ObjectIdentifier: Entry] = [:]
        var byPeer: [ConnectionPeer: Int] = [:]
        /// The number of connections that were asked to close and are still open.
        var leaving = 0
        /// Whether a check is scheduled for the time at which the first connection that is too young to be closed is old
        /// enough.
        var isLookDue = false
        var looking: RepeatedTask?
    }

    let limits: ConnectionLimits
    private let isTrusted: @Sendable (SocketAddress) -> Bool
    private let open = Atomic<Int>(0)
    /// Whether there is less room than there should be, and no connection is idle.
    private let isCrowded = Atomic<Bool>(false)
    private let state = Mutex(State())

    /// Creates the registry of a listener.
    ///
    /// - Parameters:
    ///   - limits: The limits of its connections.
    ///   - isTrusted: Whether a peer may have as many connections as there is room for, like a proxy that connects on behalf of
    ///     many clients.
    public init(_ limits: ConnectionLimits = ConnectionLimits(), isTrusted: @escaping @Sendable (SocketAddress) -> Bool = { _ in false }) {
        self.limits = limits
        self.isTrusted = isTrusted
    }

    // MARK: The listener

    /// Counts a connection that the listener has accepted, and makes room for others if necessary.
    public func connectionOpened() {
        open.add(1, ordering: .relaxed)
        makeRoom()
    }

    /// Counts a connection that is closed.
    public func connectionClosed() {
        let left = open.subtract(1, ordering: .relaxed).newValue
        if left <= limits.comfortable { isCrowded.store(false, ordering: .relaxed) }
    }

    /// Whether the listener may accept another connection.
    public func isAcceptingNewConnections() -> Bool { open.load(ordering: .relaxed) < limits.maxConnections }

    // MARK: Connections

    /// Whether other clients wait for the room of connections whose responses are written.
    var wantsRoom: Bool { isCrowded.load(ordering: .relaxed) }

    /// The number of open connections.
    var count: Int { open.load(ordering: .relaxed) }

    /// Registers a connection; call this on the connection's event loop. Returns `nil` when the connection's peer has the
    /// maximum number of connections, and none of them may be closed.
    func register(_ channel: any Channel) -> Entry? {
        let now = Self.now
        let peer = channel.remoteAddress.flatMap { isTrusted($0) ? nil : ConnectionPeer($0) }
        let entry = Entry(channel, peer, now: now)
        let (isTaken, victim) = state.withLock { state -> (Bool, Entry?) in
            var victim: Entry?
            if let peer, state.byPeer[peer, default: 0] >= limits.maxPerPeer {
                victim = Self.leastActive(state.entries.values.filter { $0.peer == peer }, 1, isOfAnyAge: true, limits, now).first
                guard victim != nil else { return (false, nil) }
                state.leaving += 1
            }
            state.entries[entry.id] = entry
            if let peer { state.byPeer[peer, default: 0] += 1 }
            if state.looking == nil {
                let pause = TimeAmount(limits.lookEvery)
                state.looking = channel.eventLoop.scheduleRepeatedTask(initialDelay: pause, delay: pause) { [self] _ in look() }
            }
            return (true, victim)
        }
        victim?.summon(.ownRoom)
        return isTaken ? entry : nil
    }

    func unregister(_ entry: Entry) {
        let looking = state.withLock { state -> RepeatedTask? in
            guard state.entries.removeValue(forKey: entry.id) != nil else { return nil }
            if entry.isLeaving.load(ordering: .relaxed) { state.leaving -= 1 }
            if let peer = entry.peer {
                let left = state.byPeer[peer, default: 1] - 1
                state.byPeer[peer] = left > 0 ? left : nil
            }
            guard state.entries.isEmpty else { return nil }
            defer { state.looking = nil }
            return state.looking
        }
        looking?.cancel()
    }

    /// Notes that a connection which was asked to close stays open, because it has work to do. Another one is looked for soon.
    func stays(_ entry: Entry) {
        let mustLook = state.withLock { state in
            guard entry.isLeaving.exchange(false, ordering: .relaxed), state.entries[entry.id] != nil else { return false }
            state.leaving -= 1
            defer { state.isLookDue = true }
            return !state.isLookDue
        }
        if mustLook { lookSoon(on: entry.channel.eventLoop, after: limits.minIdleTime) }
    }

    /// The current time, by the monotonic clock.
    static var now: NIODeadline { .now() }

    // MARK: Making room

    private func makeRoom() {
        guard open.load(ordering: .relaxed) > limits.comfortable else { return }
        let now = Self.now
        let (victims, next) = state.withLock { state -> ([Entry], (entry: Entry, wait: Duration)?) in
            let needed = open.load(ordering: .relaxed) - limits.comfortable - state.leaving
            guard needed > 0 else { return ([], nil) }
            // A few more than are needed are closed at once: more clients will connect, and each search examines all
            // connections.
            let victims = Self.leastActive(state.entries.values, needed, upTo: needed + limits.comfortable / 32, limits, now)
            state.leaving += victims.count
            isCrowded.store(victims.count < needed, ordering: .relaxed)
            guard victims.count < needed, !state.isLookDue else { return (victims, nil) }
            let next = Self.nextToBeOldEnough(state.entries.values, limits, now)
            state.isLookDue = next != nil
            return (victims, next)
        }
        for victim in victims { victim.summon(.room) }
        if let next { lookSoon(on: next.entry.channel.eventLoop, after: next.wait) }
    }

    /// Makes room again after a short time, so that a client in the accept queue does not wait for the next regular check.
    private func lookSoon(on eventLoop: any EventLoop, after wait: Duration) {
        eventLoop.scheduleTask(in: TimeAmount(max(wait, .milliseconds(1)))) { [self] in
            state.withLock { $0.isLookDue = false }
            makeRoom()
        }
    }

    /// The maximum wait before the next search for room: connections that were busy may become idle meanwhile.
    private static let maxPause = Duration.milliseconds(50)

    /// Returns the connection that will be the first one old enough to be closed, and how long that takes.
    private static func nextToBeOldEnough(
        _ entries: some Sequence<Entry>, _ limits: ConnectionLimits, _ now: NIODeadline
    ) -> (entry: Entry, wait: Duration)? {
        var next: (entry: Entry, wait: Duration)?
        for entry in entries where !entry.isLeaving.load(ordering: .relaxed) {
            let (phase, since) = entry.phase
            guard let minDuration = limits.minDuration(phase) else { continue }
            let wait = minDuration - Duration(now - since)
            if next.map({ wait < $0.wait }) ?? true { next = (entry, wait) }
        }
        return next.map { ($0.entry, min($0.wait, maxPause)) }
    }

    /// Chooses the connections to close: idle ones first, the least recently active before others; then the oldest incomplete
    /// requests, and responses that the client does not receive. Connections that were asked before are left out. Chooses at
    /// least `needed` connections when there are so many, and idle ones up to `maxCount`. `isOfAnyAge` includes connections that
    /// have only just entered their phase.
    private static func leastActive(
        _ entries: some Sequence<Entry>, _ needed: Int, upTo maxCount: Int? = nil, isOfAnyAge: Bool = false, _ limits: ConnectionLimits,
        _ now: NIODeadline
    ) -> [Entry] {
        var idle: [(Entry, since: NIODeadline)] = []
        var slow: [(Entry, since: NIODeadline)] = []
        for entry in entries where !entry.isLeaving.load(ordering: .relaxed) {
            let (phase, since) = entry.phase
            guard let minDuration = limits.minDuration(phase), isOfAnyAge || Duration(now - since) >= minDuration else { continue }
            switch phase {
            case .idle, .draining: idle.append((entry, since))
            case .head, .body, .stalled, .answering: slow.append((entry, since))
            }
        }
        idle.sort { $0.since < $1.since }
        var chosen = idle.prefix(maxCount ?? needed).map(\.0)
        if chosen.count < needed {
            slow.sort { $0.since < $1.since }
            chosen += slow.prefix(needed - chosen.count).map(\.0)
        }
        for entry in chosen { entry.isLeaving.store(true, ordering: .relaxed) }
        return chosen
    }

    private func look() {
        let now = Self.now
        let late = state.withLock { state in
            state.entries.values.filter { entry in
                let (phase, since) = entry.phase
                return limits.maxDuration(phase).map { Duration(now - since) >= $0 } ?? false
            }
        }
        for entry in late { entry.summon(.deadline) }
        makeRoom()
    }
}

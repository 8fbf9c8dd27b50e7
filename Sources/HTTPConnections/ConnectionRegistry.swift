public import HummingbirdCore
public import NIOCore
internal import Synchronization

/// The connections of one listener. It bounds them, in all and for each peer, closes those first that are idle where there is no
/// room, and sees to it that none stays in a phase for too long.
///
/// Where all connections have a request in flight nobody is closed: the listener accepts no more until one is, and the system
/// keeps those waiting who connect. So descriptors never run out, and accepting never fails.
public final class ConnectionRegistry: AvailableConnectionsDelegate {
    /// One connection, as others see it.
    final class Entry: Sendable {
        let id: ObjectIdentifier
        fileprivate let channel: any Channel
        fileprivate let peer: ConnectionPeer?
        /// Three bits for the phase, and since when it lasts, in milliseconds: written by the connection's own thread at every
        /// request, so without a lock.
        private let word: Atomic<UInt64>
        fileprivate let isLeaving = Atomic<Bool>(false)

        fileprivate init(_ channel: any Channel, _ peer: ConnectionPeer?, now: Int64) {
            id = ObjectIdentifier(channel)
            self.channel = channel
            self.peer = peer
            word = Atomic(UInt64(now) << 3 | ConnectionPhase.idle.rawValue)
        }

        /// The phase, and since when it lasts, in milliseconds by the clock of deadlines.
        var phase: (ConnectionPhase, since: Int64) {
            get {
                let word = word.load(ordering: .relaxed)
                return (ConnectionPhase(rawValue: word & 7) ?? .answering, Int64(word >> 3))
            }
            set { word.store(UInt64(newValue.since) << 3 | newValue.0.rawValue, ordering: .relaxed) }
        }

        fileprivate func summon(_ summons: Connection.Summons) { channel.pipeline.fireUserInboundEventTriggered(summons) }
    }

    private struct State {
        var entries: [ObjectIdentifier: Entry] = [:]
        var byPeer: [ConnectionPeer: Int] = [:]
        /// How many have been asked to leave and are not gone yet.
        var leaving = 0
        /// Whether somebody will look again as soon as one of those that are too young to be asked is old enough.
        var isLookDue = false
        var looking: RepeatedTask?
    }

    let limits: ConnectionLimits
    private let isTrusted: @Sendable (SocketAddress) -> Bool
    private let open = Atomic<Int>(0)
    /// Whether there is less room than there should be, and nobody is idle.
    private let isCrowded = Atomic<Bool>(false)
    private let state = Mutex(State())

    /// `isTrusted`: the peers of whom there may be as many connections as there is room for, such as proxies, which connect on behalf of
    /// many clients.
    public init(_ limits: ConnectionLimits = ConnectionLimits(), isTrusted: @escaping @Sendable (SocketAddress) -> Bool = { _ in false }) {
        self.limits = limits
        self.isTrusted = isTrusted
    }

    // MARK: The listener

    public func connectionOpened() {
        open.add(1, ordering: .relaxed)
        makeRoom()
    }

    public func connectionClosed() {
        let left = open.subtract(1, ordering: .relaxed).newValue
        if left <= limits.comfortable { isCrowded.store(false, ordering: .relaxed) }
    }

    public func isAcceptingNewConnections() -> Bool { open.load(ordering: .relaxed) < limits.most }

    // MARK: Connections

    /// Whether others wait for the room of connections that are answered.
    var wantsRoom: Bool { isCrowded.load(ordering: .relaxed) }

    /// How many connections are open.
    var count: Int { open.load(ordering: .relaxed) }

    /// To be called on the connection's event loop. `nil`: its peer has as many as may be, and none of them is idle.
    func register(_ channel: any Channel) -> Entry? {
        let now = Self.now
        let peer = channel.remoteAddress.flatMap { isTrusted($0) ? nil : ConnectionPeer($0) }
        let entry = Entry(channel, peer, now: now)
        let (isTaken, victim) = state.withLock { state -> (Bool, Entry?) in
            var victim: Entry?
            if let peer, state.byPeer[peer, default: 0] >= limits.mostOfPeer {
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

    /// A connection that was asked to leave has something to do. Another is found in a moment.
    func stays(_ entry: Entry) {
        let mustLook = state.withLock { state in
            guard entry.isLeaving.exchange(false, ordering: .relaxed), state.entries[entry.id] != nil else { return false }
            state.leaving -= 1
            defer { state.isLookDue = true }
            return !state.isLookDue
        }
        if mustLook { lookSoon(on: entry.channel.eventLoop, after: limits.shortestIdle) }
    }

    /// In milliseconds, by the clock of deadlines.
    static var now: Int64 { Int64(NIODeadline.now().uptimeNanoseconds / 1_000_000) }

    // MARK: Looking after them

    private func makeRoom() {
        guard open.load(ordering: .relaxed) > limits.comfortable else { return }
        let now = Self.now
        let (victims, next) = state.withLock { state -> ([Entry], (entry: Entry, wait: Duration)?) in
            let needed = open.load(ordering: .relaxed) - limits.comfortable - state.leaving
            guard needed > 0 else { return ([], nil) }
            // Some more than are needed at once: there will be others, and each time all are looked at.
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

    /// Whoever waits to be accepted does not wait for the next round.
    private func lookSoon(on eventLoop: any EventLoop, after wait: Duration) {
        eventLoop.scheduleTask(in: TimeAmount(max(wait, .milliseconds(1)))) { [self] in
            state.withLock { $0.isLookDue = false }
            makeRoom()
        }
    }

    /// In milliseconds: others than those that were too young may become idle meanwhile.
    private static let longestPause: Int64 = 50

    /// Which of those that may leave some time may do so first, and when.
    private static func nextToBeOldEnough(
        _ entries: some Sequence<Entry>, _ limits: ConnectionLimits, _ now: Int64
    ) -> (entry: Entry, wait: Duration)? {
        var next: (entry: Entry, wait: Int64)?
        for entry in entries where !entry.isLeaving.load(ordering: .relaxed) {
            let (phase, since) = entry.phase
            guard let shortest = limits.shortest(phase) else { continue }
            let wait = since + shortest.inMilliseconds - now
            if next.map({ wait < $0.wait }) ?? true { next = (entry, wait) }
        }
        return next.map { ($0.entry, .milliseconds(min($0.wait, longestPause))) }
    }

    /// Who is to leave first: who is idle, the least recently active first; then the oldest half requests, and answers that nobody
    /// takes. Nobody who was asked before. At least `needed` where there are, and idle ones up to `most`. `isOfAnyAge`: also those
    /// that have just begun to be so.
    private static func leastActive(
        _ entries: some Sequence<Entry>, _ needed: Int, upTo most: Int? = nil, isOfAnyAge: Bool = false, _ limits: ConnectionLimits,
        _ now: Int64
    ) -> [Entry] {
        var idle: [(Entry, since: Int64)] = []
        var slow: [(Entry, since: Int64)] = []
        for entry in entries where !entry.isLeaving.load(ordering: .relaxed) {
            let (phase, since) = entry.phase
            guard let shortest = limits.shortest(phase), isOfAnyAge || now - since >= shortest.inMilliseconds else { continue }
            switch phase {
            case .idle, .lingering: idle.append((entry, since))
            case .head, .body, .stalled, .answering: slow.append((entry, since))
            }
        }
        idle.sort { $0.since < $1.since }
        var chosen = idle.prefix(most ?? needed).map(\.0)
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
                return limits.longest(phase).map { now - since >= $0.inMilliseconds } ?? false
            }
        }
        for entry in late { entry.summon(.deadline) }
        makeRoom()
    }
}

extension Duration {
    var inMilliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}

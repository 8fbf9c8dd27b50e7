internal import Ledger
internal import Synchronization

/// Whether a stream must end, and whether its client receives what is sent.
final class StreamTermination: Sendable {
    private struct State {
        var endedAt: MonotonicInstant?
        var isClientGone = false
        var writingSince: MonotonicInstant?
    }

    /// The maximum time that a stream may take to send what it has begun when it must end.
    private static let endGrace = Duration.seconds(1)

    private let state = Mutex(State())

    var isSet: Bool { state.withLock { $0.endedAt != nil || $0.isClientGone } }

    func set(at now: MonotonicInstant) { state.withLock { $0.endedAt = $0.endedAt ?? now } }

    func clientIsGone() { state.withLock { $0.isClientGone = true } }

    func writing(since now: MonotonicInstant?) { state.withLock { $0.writingSince = now } }

    /// Whether the connection must be closed without sending the rest. `outputTimeout` is the maximum time of one write.
    func isCut(at now: MonotonicInstant, outputTimeout: Duration) -> Bool {
        state.withLock { state in
            if state.isClientGone { return true }
            guard let since = state.writingSince else { return false }
            return now - since >= outputTimeout
                || state.endedAt.map { now - max($0, since) >= Self.endGrace } ?? false
        }
    }
}

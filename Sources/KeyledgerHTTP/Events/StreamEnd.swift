internal import Synchronization

/// Whether a stream must end, and whether its client receives what is sent. Times are in microseconds of the monotonic clock.
final class StreamEnd: Sendable {
    private struct State {
        var endedAt: Int64?
        var isClientGone = false
        var writingSince: Int64?
    }

    /// The maximum time that a stream may take to send what it has begun when it must end, in microseconds.
    private static let grace: Int64 = 1_000_000

    private let state = Mutex(State())

    var isSet: Bool { state.withLock { $0.endedAt != nil || $0.isClientGone } }

    func set(at now: Int64) { state.withLock { $0.endedAt = $0.endedAt ?? now } }

    func clientIsGone() { state.withLock { $0.isClientGone = true } }

    func writing(since now: Int64?) { state.withLock { $0.writingSince = now } }

    /// Whether the connection must be closed without sending the rest. `patience` is the maximum time of one write, in
    /// microseconds.
    func isCut(at now: Int64, patience: Int64) -> Bool {
        state.withLock { state in
            if state.isClientGone { return true }
            guard let since = state.writingSince else { return false }
            return now - since >= patience || state.endedAt.map { now - max($0, since) >= Self.grace } ?? false
        }
    }
}

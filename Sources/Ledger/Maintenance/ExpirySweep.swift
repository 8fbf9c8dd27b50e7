internal import KeyEvents
internal import Synchronization

/// Decides when expiries may be recorded. Recording is final and the wall clock may be wrong, so a key is recorded only a
/// margin of monotonic time after it was first seen past its expiry, and nothing is while a clock step is suspected.
/// Validation needs none of this: it refuses from the instant.
public final class ExpirySweep: Sendable {
    /// Microseconds of monotonic time.
    static let margin: Int64 = 2_000_000
    /// A wall clock that moves this much further, or less far, than the monotonic one between two looks was set.
    static let stepTolerance: Int64 = 2_000_000
    /// How long nothing is recorded after a step.
    static let pause: Int64 = 60_000_000
    /// How long nothing is recorded at first: a machine that boots with a wrong clock is given the time to set it. Short, since
    /// many machines have theirs set before they start anything.
    static let startPause: Int64 = 10_000_000

    private struct State {
        var lastLook: (wall: Int64, monotonic: Int64)?
        var startedUntil: Int64 = .min
        var pausedUntil: Int64 = .min
        var firstSeen: [KeyID: Int64] = [:]
        var failed: Set<KeyID> = []

        func hasStepped(_ wall: Int64, _ monotonic: Int64) -> Bool {
            guard let lastLook else { return false }
            return abs((wall - lastLook.wall) - (monotonic - lastLook.monotonic)) > ExpirySweep.stepTolerance
        }
    }

    private let clock: LedgerClock
    private let state = Mutex(State())

    init(clock: LedgerClock) { self.clock = clock }

    /// Which of the keys that are past their expiry are to be recorded now. To be asked about once a second.
    func ripe(_ due: [KeyID]) -> [KeyID] {
        let wall = clock.now().microseconds
        let monotonic = clock.monotonicMicroseconds()
        return state.withLock { state in
            if state.lastLook == nil { state.startedUntil = monotonic + Self.startPause }
            if state.hasStepped(wall, monotonic) {
                state.pausedUntil = monotonic + Self.pause
                state.firstSeen = [:]
            }
            state.lastLook = (wall, monotonic)
            guard monotonic >= state.pausedUntil else { return [] }
            var firstSeen: [KeyID: Int64] = [:]
            for key in due { firstSeen[key] = state.firstSeen[key] ?? monotonic }
            state.firstSeen = firstSeen
            state.failed.formIntersection(due)
            guard monotonic >= state.startedUntil else { return [] }
            return due.filter { monotonic - (firstSeen[$0] ?? monotonic) >= Self.margin }
        }
    }

    /// The wall clock was set a while ago, or since the last look. Never before the first: a command line looks at nothing.
    var isStepSuspected: Bool {
        let wall = clock.now().microseconds
        let monotonic = clock.monotonicMicroseconds()
        return state.withLock { $0.hasStepped(wall, monotonic) || monotonic < $0.pausedUntil }
    }

    /// Whether it is news that this expiry cannot be recorded.
    func isFirstFailure(of key: KeyID) -> Bool { state.withLock { $0.failed.insert(key).inserted } }
}

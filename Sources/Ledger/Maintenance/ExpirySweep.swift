internal import KeyEvents
internal import Synchronization

/// Decides when expiries may be recorded. Recording is final and the wall clock may be wrong, so an expiry is recorded only a margin of
/// monotonic time after the key was first seen past its expiry, and no expiry is while a clock step is suspected. Validation needs none
/// of this: it refuses a key from the instant of its expiry.
public final class ExpirySweep: Sendable {
    /// The minimum time between seeing a key past its expiry and recording that, by the monotonic clock.
    static let margin = Duration.seconds(2)
    /// The maximum difference between the wall clock's and the monotonic clock's progress between two checks; with a larger one the wall
    /// clock was set.
    static let stepTolerance = Duration.seconds(2)
    /// How long no expiry is recorded after a step.
    static let pause = Duration.seconds(60)
    /// How long no expiry is recorded after the start: a machine that boots with a wrong clock gets the time to set it. It is
    /// short, since many machines set their clocks before they start anything.
    static let startPause = Duration.seconds(10)

    private struct State {
        var lastLook: (wall: Timestamp, monotonic: MonotonicInstant)?
        var startedUntil = MonotonicInstant.earliest
        var pausedUntil = MonotonicInstant.earliest
        var firstSeen: [KeyID: MonotonicInstant] = [:]
        var failed: Set<KeyID> = []
        /// Whether the last attempt to read the expiries failed.
        var isUnread = false

        func hasStepped(_ wall: Timestamp, _ monotonic: MonotonicInstant) -> Bool {
            guard let lastLook else { return false }
            let step = (wall - lastLook.wall) - (monotonic - lastLook.monotonic)
            return max(step, .zero - step) > ExpirySweep.stepTolerance
        }
    }

    private let clock: LedgerClock
    private let state = Mutex(State())

    init(clock: LedgerClock) { self.clock = clock }

    /// The keys whose expiry is to be recorded now, of those that are past it. To be called about once a second.
    func dueForRecording(_ due: [KeyID]) -> [KeyID] {
        let wall = clock.now()
        let monotonic = clock.monotonic()
        return state.withLock { state in
            if state.lastLook == nil { state.startedUntil = monotonic + Self.startPause }
            if state.hasStepped(wall, monotonic) {
                state.pausedUntil = monotonic + Self.pause
                state.firstSeen = [:]
            }
            state.lastLook = (wall, monotonic)
            state.isUnread = false
            guard monotonic >= state.pausedUntil else { return [] }
            var firstSeen: [KeyID: MonotonicInstant] = [:]
            for key in due { firstSeen[key] = state.firstSeen[key] ?? monotonic }
            state.firstSeen = firstSeen
            state.failed.formIntersection(due)
            guard monotonic >= state.startedUntil else { return [] }
            return due.filter { monotonic - (firstSeen[$0] ?? monotonic) >= Self.margin }
        }
    }

    /// Whether the wall clock was set a short while ago, or since the last check; false before the first check, as in a command line,
    /// which checks nothing.
    var isStepSuspected: Bool {
        let wall = clock.now()
        let monotonic = clock.monotonic()
        return state.withLock { $0.hasStepped(wall, monotonic) || monotonic < $0.pausedUntil }
    }

    /// Whether this is the first failure to record this expiry.
    func isFirstFailure(of key: KeyID) -> Bool { state.withLock { $0.failed.insert(key).inserted } }

    /// Whether expiries cannot be read for the first time since they could be, so that a failure that lasts is reported once.
    func isFirstFailureToRead() -> Bool {
        state.withLock { state in
            defer { state.isUnread = true }
            return !state.isUnread
        }
    }
}

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

    private struct State {
        var lastLook: (wall: Int64, monotonic: Int64)?
        var pausedUntil: Int64 = .min
        var firstSeen: [KeyID: Int64] = [:]
    }

    private let clock: LedgerClock
    private let state = Mutex(State())

    init(clock: LedgerClock) { self.clock = clock }

    /// Which of the keys that are past their expiry are to be recorded now. To be asked about once a second.
    func ripe(_ due: [KeyID]) -> [KeyID] {
        let wall = clock.now().microseconds
        let monotonic = clock.monotonicMicroseconds()
        return state.withLock { state in
            if let last = state.lastLook, abs((wall - last.wall) - (monotonic - last.monotonic)) > Self.stepTolerance {
                state.pausedUntil = monotonic + Self.pause
                state.firstSeen = [:]
            }
            state.lastLook = (wall, monotonic)
            guard monotonic >= state.pausedUntil else { return [] }
            var firstSeen: [KeyID: Int64] = [:]
            for key in due { firstSeen[key] = state.firstSeen[key] ?? monotonic }
            state.firstSeen = firstSeen
            return due.filter { monotonic - (firstSeen[$0] ?? monotonic) >= Self.margin }
        }
    }
}

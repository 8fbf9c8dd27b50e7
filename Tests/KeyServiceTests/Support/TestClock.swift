import KeyEvents
import KeyService
import Synchronization

/// Two clocks that move only when told.
final class TestClock: Sendable {
    private let time: Mutex<(wall: Int64, monotonic: Int64)>

    /// Begins at 2027-01-15T08:00:00Z.
    init(start: Timestamp = Timestamp(seconds: 1_800_000_000)) { time = Mutex((start.microseconds, 5_000_000)) }

    var now: Timestamp { time.withLock { Timestamp(microseconds: $0.wall) } }

    var ledgerClock: LedgerClock {
        LedgerClock(now: { self.now }, monotonicMicroseconds: { self.time.withLock { $0.monotonic } })
    }

    /// Time passes.
    func advance(microseconds: Int64) {
        time.withLock { time in
            time.wall += microseconds
            time.monotonic += microseconds
        }
    }

    func advance(seconds: Int64) { advance(microseconds: seconds * 1_000_000) }

    /// Somebody sets the wall clock.
    func step(seconds: Int64) { time.withLock { $0.wall += seconds * 1_000_000 } }

    func set(_ now: Timestamp) { time.withLock { $0.wall = now.microseconds } }
}

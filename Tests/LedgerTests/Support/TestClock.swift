import KeyEvents
import Ledger
import Synchronization

/// Two clocks that move only when told.
final class TestClock: Sendable {
    private struct Time {
        var wall: Int64
        var monotonic: Int64 = 5_000_000
        /// How often the machine was started.
        var starts = 1
    }

    private let time: Mutex<Time>

    /// Begins at 2027-01-15T08:00:00Z.
    init(start: Timestamp = Timestamp(seconds: 1_800_000_000)) { time = Mutex(Time(wall: start.microseconds)) }

    var now: Timestamp { time.withLock { Timestamp(microseconds: $0.wall) } }

    var ledgerClock: LedgerClock {
        LedgerClock(
            now: { self.now }, monotonic: { MonotonicInstant(microseconds: self.time.withLock { $0.monotonic }) },
            monotonicName: "start \(time.withLock { $0.starts })")
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

    /// The machine is started anew, after so long, and its monotonic clock with it. For ledgers that are opened afterwards.
    func restart(after seconds: Int64) {
        time.withLock { time in
            time.wall += seconds * 1_000_000
            time.monotonic = 1_000_000
            time.starts += 1
        }
    }
}

import KeyEvents
import Ledger
import Synchronization

/// The system's clock, set forward as far as a test wants.
final class TestClock: Sendable {
    private let ahead = Mutex<Int64>(0)

    private let off = Mutex<Int64>(0)

    /// Time passes.
    func advance(seconds: Int64) { ahead.withLock { $0 += seconds * 1_000_000 } }

    /// Somebody sets the wall clock.
    func step(seconds: Int64) { off.withLock { $0 += seconds * 1_000_000 } }

    var ledgerClock: LedgerClock {
        let system = LedgerClock.system
        return LedgerClock(
            now: { Timestamp(microseconds: system.now().microseconds + self.ahead.withLock { $0 } + self.off.withLock { $0 }) },
            monotonic: { system.monotonic() + .microseconds(self.ahead.withLock { $0 }) })
    }
}

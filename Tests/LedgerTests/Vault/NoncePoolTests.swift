import KeyEvents
import Synchronization
import TestSupport
import Testing

@testable import Ledger

@Suite struct NoncePoolTests {
    private static func milliseconds(_ count: Int) -> MonotonicInstant { MonotonicInstant(microseconds: 0) + .milliseconds(count) }

    private static func pool() -> NoncePool {
        let generator = Mutex(SplitMix64(seed: printedSeed()))
        return NoncePool(Randomness { generator.withLock { $0.next() } })
    }

    @Test func noNonceIsDrawnTwice() {
        var pool = Self.pool()
        let nonces = (0..<1_000).map { pool.draw(at: Self.milliseconds($0 / 3)) }
        #expect(Set(nonces).count == nonces.count)
        #expect(nonces.allSatisfy { $0.count == SealedFields.nonceBytes })
    }

    /// A copy of the process that draws later than a while after the copy was made has nonces of its own.
    @Test func nothingIsDrawnFromAnOldPool() {
        var pool = Self.pool()
        _ = pool.draw(at: Self.milliseconds(0))
        var copy = pool
        #expect(pool.draw(at: Self.milliseconds(99)) == copy.draw(at: Self.milliseconds(99)))
        #expect(pool.draw(at: Self.milliseconds(100)) != copy.draw(at: Self.milliseconds(100)))
    }
}

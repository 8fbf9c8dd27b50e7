import Foundation
import Synchronization

/// Stands still until it is advanced.
final class SettableClock: Sendable {
    private let time = Mutex(Date(timeIntervalSince1970: 1_800_000_000))

    @Sendable func now() -> Date { time.withLock { $0 } }

    /// Advances the clock by seconds.
    func advance(_ seconds: TimeInterval) { time.withLock { $0 += seconds } }
}

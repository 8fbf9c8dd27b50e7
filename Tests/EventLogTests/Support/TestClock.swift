import KeyEvents
import Synchronization

/// A clock that stands where the test puts it.
final class TestClock: Sendable {
    private let time = Atomic<Int64>(1_800_000_000_000_000)

    var now: Timestamp {
        get { Timestamp(microseconds: time.load(ordering: .relaxed)) }
        set { time.store(newValue.microseconds, ordering: .relaxed) }
    }

    var function: @Sendable () -> Timestamp { { self.now } }
}

internal import Glibc

/// A monotonic clock that costs a few nanoseconds to read. It advances in steps of some milliseconds.
enum CoarseClock {
    static func now() -> MonotonicInstant {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC_COARSE, &time)
        return MonotonicInstant(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    }
}

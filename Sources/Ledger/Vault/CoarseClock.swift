internal import Glibc

/// A clock that only goes forward, and that costs a few nanoseconds to read. It goes by steps of some milliseconds.
enum CoarseClock {
    static func now() -> MonotonicInstant {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC_COARSE, &time)
        return MonotonicInstant(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    }
}

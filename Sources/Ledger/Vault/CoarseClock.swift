internal import Glibc

/// A clock that only goes forward, and that costs a few nanoseconds to read. It goes by steps of some milliseconds.
enum CoarseClock {
    static func milliseconds() -> Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC_COARSE, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}

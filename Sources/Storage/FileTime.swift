internal import Glibc

/// The age of a time that a file system reports, by the clock that file systems take their times from. That clock may be set, and
/// events are never dated by it.
enum FileTime {
    /// Returns the time that has passed since `time`, in whole seconds; negative for a time in the future.
    static func age(of time: timespec) -> Duration {
        var now = timespec()
        guard unsafe clock_gettime(CLOCK_REALTIME, &now) == 0 else { return .zero }
        return .seconds(now.tv_sec) - .seconds(time.tv_sec)
    }
}

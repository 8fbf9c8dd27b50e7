internal import Glibc

/// The age of a time that a file system reports, by the clock that file systems take their times from. That clock may be set, and
/// events are never dated by it.
enum FileTime {
    /// Returns the seconds since a time, saturating; negative for a time in the future.
    static func seconds(since time: timespec) -> Int {
        var now = timespec()
        guard unsafe clock_gettime(CLOCK_REALTIME, &now) == 0 else { return 0 }
        let (difference, isOverflow) = now.tv_sec.subtractingReportingOverflow(time.tv_sec)
        return isOverflow ? (now.tv_sec < time.tv_sec ? .min : .max) : difference
    }
}

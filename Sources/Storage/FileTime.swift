internal import Glibc

/// How long ago a file system says that something was: by the clock that it takes its own times from, which may be set, and says nothing of
/// events.
enum FileTime {
    /// In seconds, saturating; negative for what is to come.
    static func seconds(since time: timespec) -> Int {
        var now = timespec()
        guard unsafe clock_gettime(CLOCK_REALTIME, &now) == 0 else { return 0 }
        let (difference, isOverflow) = now.tv_sec.subtractingReportingOverflow(time.tv_sec)
        return isOverflow ? (now.tv_sec < time.tv_sec ? .min : .max) : difference
    }
}

// Where a file before this one imports Foundation, `timespec` counts as Dispatch's, and else as Glibc's.
import Dispatch
import Glibc

/// The time that the processor has worked for the calling thread, which other load does not lengthen.
public enum ThreadTime {
    /// Reads `CLOCK_THREAD_CPUTIME_ID`.
    public static func now() -> Duration {
        var time = timespec()
        _ = unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}

internal import Glibc

/// The end of a wait, by the monotonic clock.
public struct Deadline: Comparable, Sendable {
    /// The maximum wait for a lock that another process holds. No process that is running normally holds one for so long: a holder that
    /// does was stopped, or hangs.
    public static let maxLockWait = Duration.seconds(5)

    /// The end by `CLOCK_MONOTONIC`, in nanoseconds. Each job of the writer has a deadline, and a `SuspendingClock` takes twice as long
    /// to be read.
    private let end: Int64

    private init(nanoseconds: Int64) {
        let (end, isBeyond) = Self.now.addingReportingOverflow(nanoseconds)
        self.end = isBeyond ? .max : end
    }

    /// Returns the deadline that is so far from now; it has passed where `wait` is zero or negative.
    public static func after(_ wait: Duration) -> Deadline { Deadline(nanoseconds: nanoseconds(wait)) }

    /// The deadline for a lock that is requested now.
    public static var lockWait: Deadline { Deadline(nanoseconds: maxLockWaitNanoseconds) }

    private static let maxLockWaitNanoseconds = nanoseconds(maxLockWait)

    private static func nanoseconds(_ wait: Duration) -> Int64 { Int64(clamping: wait.attoseconds / 1_000_000_000) }

    /// Whether the deadline has passed.
    public var hasPassed: Bool { end <= Self.now }

    /// Orders deadlines by time.
    public static func < (left: Deadline, right: Deadline) -> Bool { left.end < right.end }

    /// Repeats `attempt` until it succeeds, and returns false where it has not by the deadline. There is always a first attempt,
    /// and a last one when the time is over.
    func poll(_ attempt: () throws(StorageError) -> Bool) throws(StorageError) -> Bool {
        var attempts = 0
        while true {
            let isLast = hasPassed
            if try attempt() { return true }
            if isLast { return false }
            // The first pauses are short, since the holder is mostly at the end of a short transaction.
            usleep(attempts < 500 ? 100 : 1_000)
            attempts += 1
        }
    }

    private static var now: Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

internal import Glibc

/// The end of a wait, by the monotonic clock.
public struct Deadline: Comparable, Sendable {
    /// The maximum wait for a lock that another process holds, in milliseconds. No process that is running normally holds one for
    /// so long: a holder that does was stopped, or hangs.
    public static let longestLockWait: Int64 = 5_000

    private let milliseconds: Int64

    /// Returns the deadline so many milliseconds from now.
    public static func after(milliseconds: Int64) -> Deadline {
        Deadline(milliseconds: now().addingReportingOverflow(milliseconds).partialValue)
    }

    /// The deadline for a lock that is requested now.
    public static var lockWait: Deadline { after(milliseconds: longestLockWait) }

    /// Whether the deadline has passed.
    public var hasPassed: Bool { milliseconds <= Self.now() }

    /// Orders deadlines by time.
    public static func < (left: Deadline, right: Deadline) -> Bool { left.milliseconds < right.milliseconds }

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

    private static func now() -> Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}

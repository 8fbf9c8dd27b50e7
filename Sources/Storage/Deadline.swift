internal import Glibc

/// The end of a wait, by the monotonic clock.
public struct Deadline: Comparable, Sendable {
    /// The maximum wait for a lock that another process holds. No process that is running normally holds one for so long: a holder that
    /// does was stopped, or hangs.
    public static let maxLockWait = Duration.seconds(5)

    private let end: SuspendingClock.Instant

    /// Returns the deadline that is so far from now; it has passed where `wait` is zero or negative.
    public static func after(_ wait: Duration) -> Deadline { Deadline(end: SuspendingClock.now.advanced(by: wait)) }

    /// The deadline for a lock that is requested now.
    public static var lockWait: Deadline { after(maxLockWait) }

    /// Whether the deadline has passed.
    public var hasPassed: Bool { end <= SuspendingClock.now }

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
}

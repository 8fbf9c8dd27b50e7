internal import Glibc

/// An instant until which is waited, by a clock that only goes forward.
public struct Deadline: Comparable, Sendable {
    /// How long whoever wants a lock waits for another process to let go of it, in milliseconds. Nobody who works holds one for so long:
    /// the other was stopped, or hangs.
    public static let longestLockWait: Int64 = 5_000

    private let milliseconds: Int64

    public static func after(milliseconds: Int64) -> Deadline {
        Deadline(milliseconds: now().addingReportingOverflow(milliseconds).partialValue)
    }

    /// For a lock that is asked for now.
    public static var lockWait: Deadline { after(milliseconds: longestLockWait) }

    public var hasPassed: Bool { milliseconds <= Self.now() }

    public static func < (left: Deadline, right: Deadline) -> Bool { left.milliseconds < right.milliseconds }

    /// Repeats `attempt` until it succeeds; false: it has not by then. There is always a first one, and a last one when the time is over.
    func poll(_ attempt: () throws(StorageError) -> Bool) throws(StorageError) -> Bool {
        var attempts = 0
        while true {
            let isLast = hasPassed
            if try attempt() { return true }
            if isLast { return false }
            // Soon at first: mostly the other is at the end of a short transaction.
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

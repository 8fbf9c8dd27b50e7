internal import Glibc
public import KeyEvents

/// The two clocks. The wall clock may be wrong or be set; the monotonic one only measures.
public struct LedgerClock: Sendable {
    public let now: @Sendable () -> Timestamp
    /// Microseconds since some moment; never set, never back.
    public let monotonicMicroseconds: @Sendable () -> Int64

    public init(now: @escaping @Sendable () -> Timestamp, monotonicMicroseconds: @escaping @Sendable () -> Int64) {
        self.now = now
        self.monotonicMicroseconds = monotonicMicroseconds
    }

    public static let system = LedgerClock(
        now: { Timestamp(microseconds: read(CLOCK_REALTIME)) }, monotonicMicroseconds: { read(CLOCK_MONOTONIC) })

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        unsafe clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
    }
}

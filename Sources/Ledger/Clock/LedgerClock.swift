internal import Foundation
internal import Glibc
public import KeyEvents

/// The two clocks. The wall clock may be wrong or be set; the monotonic one only measures.
public struct LedgerClock: Sendable {
    /// What the wall clock says.
    public let now: @Sendable () -> Timestamp
    /// Microseconds since some moment; never set, never back, and going on while the machine sleeps.
    public let monotonicMicroseconds: @Sendable () -> Int64
    /// Names the monotonic clock: processes for which it has one name read one clock, and may compare what they read.
    public let monotonicName: String

    public init(
        now: @escaping @Sendable () -> Timestamp, monotonicMicroseconds: @escaping @Sendable () -> Int64, monotonicName: String = "test"
    ) {
        self.now = now
        self.monotonicMicroseconds = monotonicMicroseconds
        self.monotonicName = monotonicName
    }

    public static let system = LedgerClock(
        now: { Timestamp(microseconds: read(CLOCK_REALTIME)) }, monotonicMicroseconds: { read(CLOCK_BOOTTIME) },
        monotonicName: bootName())

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        unsafe clock_gettime(clock, &time)
        return Int64(time.tv_sec).saturatingMultiplied(by: 1_000_000).saturatingAdding(Int64(time.tv_nsec) / 1000)
    }

    /// The start of this machine, and the time namespace: a container may have a monotonic clock of its own. Where neither can be read, a
    /// name that no other process has.
    private static func bootName() -> String {
        guard let start = FileManager.default.contents(atPath: "/proc/sys/kernel/random/boot_id") else { return "process \(UUID())" }
        let namespace = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/time")) ?? ""
        return String(decoding: start.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self) + " " + namespace
    }
}

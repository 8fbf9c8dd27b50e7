internal import Foundation
internal import Glibc
public import KeyEvents

/// The two clocks of a ledger. The wall clock may be wrong or be set; the monotonic clock only measures.
public struct LedgerClock: Sendable {
    /// Reads the wall clock.
    public let now: @Sendable () -> Timestamp
    /// Reads the monotonic clock; it is never set, never goes back, and goes on while the machine sleeps.
    public let monotonic: @Sendable () -> MonotonicInstant
    /// The name of the monotonic clock: processes in which it has the same name read the same clock, and may compare their readings.
    public let monotonicName: String

    /// Makes a pair of clocks.
    ///
    /// - Parameters:
    ///   - now: reads the wall clock.
    ///   - monotonic: reads the monotonic clock.
    ///   - monotonicName: the name of the monotonic clock.
    public init(
        now: @escaping @Sendable () -> Timestamp, monotonic: @escaping @Sendable () -> MonotonicInstant, monotonicName: String = "test"
    ) {
        self.now = now
        self.monotonic = monotonic
        self.monotonicName = monotonicName
    }

    /// The clocks of this machine: `CLOCK_REALTIME` and `CLOCK_BOOTTIME`.
    public static let system = LedgerClock(
        now: { Timestamp(microseconds: read(CLOCK_REALTIME)) }, monotonic: { MonotonicInstant(microseconds: read(CLOCK_BOOTTIME)) },
        monotonicName: bootName())

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        unsafe clock_gettime(clock, &time)
        return Int64(time.tv_sec).saturatingMultiplied(by: 1_000_000).saturatingAdding(Int64(time.tv_nsec) / 1000)
    }

    /// A name from the boot id of this machine and the time namespace, since a container may have a monotonic clock of its own. Where
    /// the boot id cannot be read, it is a name that no other process has.
    private static func bootName() -> String {
        guard let start = FileManager.default.contents(atPath: "/proc/sys/kernel/random/boot_id") else { return "process \(UUID())" }
        let namespace = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/time")) ?? ""
        return String(decoding: start.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self) + " " + namespace
    }
}

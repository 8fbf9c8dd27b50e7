internal import Foundation
internal import Glibc
public import KeyEvents

/// The clocks of a ledger. The wall clock may be wrong or be set; the monotonic clock only measures, and so does the coarse one.
public struct LedgerClock: Sendable {
    /// Reads the wall clock.
    public let now: @Sendable () -> Timestamp
    /// Reads the monotonic clock; it is never set, never goes back, and goes on while the machine sleeps.
    public let monotonic: @Sendable () -> MonotonicInstant
    /// Reads a monotonic clock that advances in steps of some milliseconds and has no reading in common with `monotonic`. It is for ages of
    /// a tenth of a second and more that are looked at with every use: reading it takes 10 ns, where the other takes 35.
    public let coarse: @Sendable () -> MonotonicInstant
    /// The name of the monotonic clock: processes in which it has the same name read the same clock, and may compare their readings.
    public let monotonicName: String

    /// Makes the clocks of a ledger.
    ///
    /// - Parameters:
    ///   - now: reads the wall clock.
    ///   - monotonic: reads the monotonic clock.
    ///   - monotonicName: the name of the monotonic clock.
    ///   - coarse: reads the coarse clock; that of this machine where nothing else is said.
    public init(
        now: @escaping @Sendable () -> Timestamp, monotonic: @escaping @Sendable () -> MonotonicInstant, monotonicName: String = "test",
        coarse: @escaping @Sendable () -> MonotonicInstant = Self.readCoarse
    ) {
        self.now = now
        self.monotonic = monotonic
        self.monotonicName = monotonicName
        self.coarse = coarse
    }

    /// The clocks of this machine: `CLOCK_REALTIME`, `CLOCK_BOOTTIME` and `CLOCK_MONOTONIC_COARSE`.
    public static let system = LedgerClock(
        now: { Timestamp(microseconds: read(CLOCK_REALTIME)) }, monotonic: { MonotonicInstant(microseconds: read(CLOCK_BOOTTIME)) },
        monotonicName: bootName())

    /// Reads the coarse monotonic clock of this machine.
    ///
    /// - Returns: the reading.
    @Sendable public static func readCoarse() -> MonotonicInstant { MonotonicInstant(microseconds: read(CLOCK_MONOTONIC_COARSE)) }

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

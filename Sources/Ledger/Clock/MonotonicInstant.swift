internal import KeyEvents

/// An instant of a monotonic clock. Computing with it never overflows: what lies beyond the earliest or latest instant becomes that
/// instant.
///
/// It holds an integer, not a `Duration` of 128 bits: the clock is read at every verification, and the difference from the wall clock is
/// kept in an atomic variable and stored (`ClockAnchor`).
public struct MonotonicInstant: Hashable, Comparable, Sendable {
    /// The microseconds since an arbitrary time, that of the clock.
    public let microseconds: Int64

    /// The earliest instant, which lies before every reading.
    static let earliest = MonotonicInstant(microseconds: .min)

    /// Creates an instant.
    ///
    /// - Parameter microseconds: the microseconds since the arbitrary time from which the clock counts.
    public init(microseconds: Int64) { self.microseconds = microseconds }

    /// Returns the instant that is later by `duration`, or the nearest one that can be represented.
    public static func + (instant: Self, duration: Duration) -> Self {
        Self(microseconds: instant.microseconds.saturatingAdding(duration.wholeMicroseconds))
    }

    /// Returns the time from `earlier` to `later`.
    public static func - (later: Self, earlier: Self) -> Duration {
        .microseconds(later.microseconds) - .microseconds(earlier.microseconds)
    }

    /// Orders instants by time.
    public static func < (a: Self, b: Self) -> Bool { a.microseconds < b.microseconds }
}

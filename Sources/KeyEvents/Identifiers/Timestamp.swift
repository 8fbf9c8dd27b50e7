/// An instant in microseconds since 1970-01-01T00:00:00Z, as it is stored in records. Computing with it never overflows: what
/// lies beyond the earliest or latest instant (some 292,000 years from the epoch) becomes that instant.
public struct Timestamp: Hashable, Comparable, Sendable {
    /// The microseconds since 1970-01-01T00:00:00Z.
    public let microseconds: Int64

    /// Creates an instant.
    ///
    /// - Parameter microseconds: The microseconds since 1970-01-01T00:00:00Z.
    public init(microseconds: Int64) { self.microseconds = microseconds }

    /// Creates an instant.
    ///
    /// - Parameter seconds: The seconds since 1970-01-01T00:00:00Z.
    public init(seconds: Int64) { microseconds = seconds.saturatingMultiplied(by: 1_000_000) }

    /// The whole second that the instant lies in, counted from the epoch.
    public var second: Int64 { microseconds.flooringQuotient(1_000_000) }

    /// Returns the instant that is some seconds later, or earlier where the number is negative.
    ///
    /// - Parameter seconds: The difference in seconds.
    /// - Returns: The instant, or the nearest one that can be represented.
    public func adding(seconds: Int64) -> Timestamp { adding(microseconds: seconds.saturatingMultiplied(by: 1_000_000)) }

    /// Returns the instant that is some microseconds later, or earlier where the number is negative.
    ///
    /// - Parameter microseconds: The difference in microseconds.
    /// - Returns: The instant, or the nearest one that can be represented.
    public func adding(microseconds: Int64) -> Timestamp {
        Timestamp(microseconds: self.microseconds.saturatingAdding(microseconds))
    }

    /// Returns the instant that is later by `duration`, or the nearest one that can be represented.
    public static func + (time: Timestamp, duration: Duration) -> Timestamp {
        let microseconds = duration.wholeMicroseconds
        // A duration that no 64-bit number of microseconds holds may still lead to an instant that can be represented.
        guard microseconds != .max, microseconds != .min else {
            return Timestamp(microseconds: (.microseconds(time.microseconds) + duration).wholeMicroseconds)
        }
        return Timestamp(microseconds: time.microseconds.saturatingAdding(microseconds))
    }

    /// Returns the instant that is earlier by `duration`, or the nearest one that can be represented.
    public static func - (time: Timestamp, duration: Duration) -> Timestamp {
        let microseconds = duration.wholeMicroseconds
        guard microseconds != .max, microseconds != .min else {
            return Timestamp(microseconds: (.microseconds(time.microseconds) - duration).wholeMicroseconds)
        }
        return Timestamp(microseconds: time.microseconds.saturatingSubtracting(microseconds))
    }

    /// Returns the time from `earlier` to `later`; it is negative where `later` is the earlier of the two.
    public static func - (later: Timestamp, earlier: Timestamp) -> Duration {
        .microseconds(later.microseconds) - .microseconds(earlier.microseconds)
    }

    /// Orders instants by time.
    public static func < (a: Self, b: Self) -> Bool { a.microseconds < b.microseconds }
}

extension Int64 {
    /// The quotient rounded towards minus infinity, so that intervals before 1970 have the same width as those after.
    func flooringQuotient(_ divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}

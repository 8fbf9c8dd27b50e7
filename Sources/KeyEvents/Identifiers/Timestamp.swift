/// Microseconds since 1970-01-01T00:00:00Z, as stored in records. Computing with it never overflows: what lies beyond the earliest or
/// latest instant (some 292,000 years from the epoch) is that instant.
public struct Timestamp: Hashable, Comparable, Sendable {
    public let microseconds: Int64

    public init(microseconds: Int64) { self.microseconds = microseconds }

    public init(seconds: Int64) { microseconds = seconds.saturatingMultiplied(by: 1_000_000) }

    /// The whole second this instant lies in, counted from the epoch.
    public var second: Int64 { microseconds.flooringQuotient(1_000_000) }

    public func adding(seconds: Int64) -> Timestamp { adding(microseconds: seconds.saturatingMultiplied(by: 1_000_000)) }

    public func adding(microseconds: Int64) -> Timestamp {
        Timestamp(microseconds: self.microseconds.saturatingAdding(microseconds))
    }

    public static func < (a: Self, b: Self) -> Bool { a.microseconds < b.microseconds }
}

extension Int64 {
    /// The quotient rounded towards minus infinity, so that buckets before 1970 have the same width as those after.
    func flooringQuotient(_ divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}

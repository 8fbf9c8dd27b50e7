/// A number as JSON writes it: digits, digits behind a point, and an exponent. Programs write the same number in several ways, `1`, `1.0`
/// and `1e0`, and by RFC 8259 (section 6) the way makes no difference.
struct DecimalNumber {
    /// The digits without the point, as a number; `nil` for more than 64 bits.
    private var digits: UInt64? = 0
    /// The power of ten by which `digits` is multiplied.
    private var exponent = 0
    /// The zeros at the end of the fraction, which count only where another digit follows.
    private var pendingZeros = 0

    /// The maximum power of ten in 64 bits is 19.
    private static let maxExponent = 19

    /// The number; `nil` where it is not whole, or needs more than 64 bits.
    var whole: UInt64? {
        guard var number = digits else { return nil }
        if number == 0 { return 0 }
        guard abs(exponent) <= Self.maxExponent else { return nil }
        for _ in 0..<abs(exponent) {
            if exponent < 0 {
                guard number.isMultiple(of: 10) else { return nil }
                number /= 10
            } else {
                guard let tenfold = Self.appending(0, to: number) else { return nil }
                number = tenfold
            }
        }
        return number
    }

    /// Adds a digit before the point.
    mutating func append(_ digit: UInt8) { digits = digits.flatMap { Self.appending(digit, to: $0) } }

    /// Adds a digit behind the point.
    mutating func appendToFraction(_ digit: UInt8) {
        pendingZeros += 1
        guard digit != 0 else { return }
        for _ in 1..<pendingZeros where digits != nil { append(0) }
        append(digit)
        exponent -= pendingZeros
        pendingZeros = 0
    }

    /// Multiplies the number by a power of ten, or divides it by one; `nil` is one of more than 64 bits.
    mutating func shift(_ power: UInt64?, isFraction: Bool) {
        // A larger power than these leads to no whole number of 64 bits, whatever the digits are, of which no body holds as many.
        let bounded = Int(min(power ?? .max, 1 << 32))
        exponent += isFraction ? -bounded : bounded
    }

    private static func appending(_ digit: UInt8, to number: UInt64) -> UInt64? {
        let (tenfold, isTooLarge) = number.multipliedReportingOverflow(by: 10)
        let (sum, isSumTooLarge) = tenfold.addingReportingOverflow(UInt64(digit))
        return isTooLarge || isSumTooLarge ? nil : sum
    }
}

/// Arithmetic on numbers that come from outside (requests, files, records that another program may have written), or that grow with
/// them. Where the result does not fit, it is the nearest number that does: an overflow would end the process.
extension FixedWidthInteger {
    /// The sum, or the nearest number that fits.
    @inlinable
    public func saturatingAdding(_ other: Self) -> Self {
        let (sum, isTooFar) = addingReportingOverflow(other)
        return isTooFar ? (other < 0 ? .min : .max) : sum
    }

    /// The difference, or the nearest number that fits.
    @inlinable
    public func saturatingSubtracting(_ other: Self) -> Self {
        let (difference, isTooFar) = subtractingReportingOverflow(other)
        return isTooFar ? (other < 0 ? .max : .min) : difference
    }

    /// The product, or the nearest number that fits.
    @inlinable
    public func saturatingMultiplied(by other: Self) -> Self {
        let (product, isTooFar) = multipliedReportingOverflow(by: other)
        return isTooFar ? ((self < 0) == (other < 0) ? .max : .min) : product
    }
}

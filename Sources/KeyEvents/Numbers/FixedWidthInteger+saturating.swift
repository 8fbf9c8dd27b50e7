/// Arithmetic on numbers that come from outside (requests, files, records that another program may have written), or that grow
/// with them. Where a result does not fit, the nearest number that fits is returned, since an overflow would end the process.
extension FixedWidthInteger {
    /// Returns the sum, or the nearest number that fits.
    ///
    /// - Parameter other: The number to add.
    /// - Returns: The sum, or the minimum or maximum of the type.
    @inlinable
    public func saturatingAdding(_ other: Self) -> Self {
        let (sum, isTooFar) = addingReportingOverflow(other)
        return isTooFar ? (other < 0 ? .min : .max) : sum
    }

    /// Returns the difference, or the nearest number that fits.
    ///
    /// - Parameter other: The number to subtract.
    /// - Returns: The difference, or the minimum or maximum of the type.
    @inlinable
    public func saturatingSubtracting(_ other: Self) -> Self {
        let (difference, isTooFar) = subtractingReportingOverflow(other)
        return isTooFar ? (other < 0 ? .max : .min) : difference
    }

    /// Returns the product, or the nearest number that fits.
    ///
    /// - Parameter other: The number to multiply by.
    /// - Returns: The product, or the minimum or maximum of the type.
    @inlinable
    public func saturatingMultiplied(by other: Self) -> Self {
        let (product, isTooFar) = multipliedReportingOverflow(by: other)
        return isTooFar ? ((self < 0) == (other < 0) ? .max : .min) : product
    }
}

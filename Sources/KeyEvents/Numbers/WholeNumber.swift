internal import Bytes

/// The one reader of whole numbers that come as text from outside: from a query, a header, a form, a file or the command line.
public enum WholeNumber {
    /// The maximum number of digits, which is that of the largest number of 64 bits.
    private static let maxDigits = 20

    /// Returns the number that decimal digits stand for, with a minus sign before them where the range reaches below zero.
    ///
    /// - Parameters:
    ///   - text: 1 to 20 digits of ASCII; no plus sign, no blanks, no exponent.
    ///   - range: The numbers that the caller can work with, without a further check.
    /// - Returns: `nil` for other text, and for a number outside the range.
    public static func read<Number: FixedWidthInteger>(_ text: some StringProtocol, in range: ClosedRange<Number>) -> Number? {
        var digits = text.utf8[...]
        if range.lowerBound < 0, digits.first == UInt8(ascii: "-") { digits = digits.dropFirst() }
        guard (1...maxDigits).contains(digits.count), digits.allSatisfy(\.isASCIIDigit),
            let number = Number(text, radix: 10), range.contains(number)
        else { return nil }
        return number
    }
}

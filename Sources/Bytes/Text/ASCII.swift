// The kinds of ASCII characters, by their bytes: Swift's own properties for numbers and letters include those of all scripts.

extension UInt8 {
    /// Whether this byte is one of `0`–`9`.
    @inlinable
    package var isASCIIDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }

    /// The value of a digit `0`–`9`; `nil` for every other byte.
    @inlinable
    package var asciiDigitValue: UInt8? { isASCIIDigit ? self - UInt8(ascii: "0") : nil }

    /// Whether this byte is one of `a`–`z`.
    @inlinable
    package var isASCIILowercase: Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self) }

    /// Whether this byte is one of `A`–`Z`.
    @inlinable
    package var isASCIIUppercase: Bool { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) }

    /// Whether this byte is one of `A`–`Z` or `a`–`z`.
    @inlinable
    package var isASCIILetter: Bool { (self | 0x20).isASCIILowercase }

    /// The lowercase letter of an uppercase one, or the byte itself where it is none.
    @inlinable
    package var asciiLowercased: UInt8 { isASCIIUppercase ? self | 0x20 : self }

    /// Whether this byte is one of `0`–`9`, `A`–`Z` or `a`–`z`.
    @inlinable
    package var isASCIILetterOrDigit: Bool { isASCIIDigit || isASCIILetter }
}

extension StringProtocol {
    /// Whether all characters are `0`–`9`, which is true of an empty text.
    @inlinable
    package var isASCIIDigits: Bool { utf8.allSatisfy(\.isASCIIDigit) }
}

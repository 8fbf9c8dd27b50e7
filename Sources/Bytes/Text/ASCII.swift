// Kinds of ASCII characters, by their bytes: what Swift calls a number or a letter holds those of all scripts.

extension UInt8 {
    /// Whether this is `0`–`9`.
    @inlinable
    package var isASCIIDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }

    /// The value of `0`–`9`; `nil` for every other byte.
    @inlinable
    package var asciiDigitValue: UInt8? { isASCIIDigit ? self - UInt8(ascii: "0") : nil }

    /// Whether this is `a`–`z`.
    @inlinable
    package var isASCIILowercase: Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self) }

    /// Whether this is `A`–`Z`.
    @inlinable
    package var isASCIIUppercase: Bool { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) }

    /// Whether this is `A`–`Z` or `a`–`z`.
    @inlinable
    package var isASCIILetter: Bool { (self | 0x20).isASCIILowercase }

    /// The lowercase letter of an uppercase one; every other byte as it is.
    @inlinable
    package var asciiLowercased: UInt8 { isASCIIUppercase ? self | 0x20 : self }

    /// Whether this is `0`–`9`, `A`–`Z` or `a`–`z`.
    @inlinable
    package var isASCIILetterOrDigit: Bool { isASCIIDigit || isASCIILetter }
}

extension StringProtocol {
    /// Whether all characters are `0`–`9`. True of an empty text.
    @inlinable
    package var isASCIIDigits: Bool { utf8.allSatisfy(\.isASCIIDigit) }
}

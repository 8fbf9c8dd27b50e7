extension FixedWidthInteger where Self: UnsignedInteger {
    /// The hexadecimal digits of the number in lowercase, leading zeros included.
    package var hex: String {
        let count = Self.bitWidth / 4
        // The digits are written one by one, since every response and record has ids in this form: `String(_:radix:)` takes several
        // times as long.
        return unsafe String(unsafeUninitializedCapacity: count) { digits in
            for place in 0..<count {
                let value = UInt8(truncatingIfNeeded: self >> Self(4 * (count - 1 - place))) & 15
                unsafe digits[place] = UInt8(hexDigitOf: value)
            }
            return count
        }
    }
}

extension UInt8 {
    /// The lowercase hexadecimal digit of a value below 16.
    @inlinable
    package init(hexDigitOf value: UInt8) { self = value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") - 10 + value }

    /// The value of a hexadecimal digit of either case; `nil` for every other byte.
    @inlinable
    package var hexDigitValue: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// Whether this byte is a hexadecimal digit of either case.
    @inlinable
    package var isHexDigit: Bool { hexDigitValue != nil }

    /// Whether this byte is one of `0`–`9` or `a`–`f`.
    @inlinable
    package var isLowercaseHexDigit: Bool { isASCIIDigit || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(self) }
}

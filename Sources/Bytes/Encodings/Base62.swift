/// Base62 with the digits `0-9`, `A-Z`, `a-z` in this order, the most significant digit first.
package enum Base62 {
    package static let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

    /// Returns the value of a digit, and `notADigit` for every other byte. It is a table, since comparisons would mispredict at
    /// every random character.
    @inlinable @inline(__always)
    package static func value(_ byte: UInt8) -> UInt8 { values[Int(byte)] }

    /// A value with a bit that no digit's value has, so that the values of many bytes can be joined by `|` and tested at once.
    package static let notADigit: UInt8 = 0x80

    @usableFromInline
    package static let values: InlineArray<256, UInt8> = {
        var values = InlineArray<256, UInt8>(repeating: notADigit)
        for (value, digit) in alphabet.enumerated() { values[Int(digit)] = UInt8(value) }
        return values
    }()

    /// Returns the low `count` digits of `number`, with leading zeros.
    package static func digits(_ number: UInt64, count: Int) -> [UInt8] {
        var digits: [UInt8] = []
        var rest = number
        for _ in 0..<count {
            digits.append(alphabet[Int(rest % 62)])
            rest /= 62
        }
        return digits.reversed()
    }
}

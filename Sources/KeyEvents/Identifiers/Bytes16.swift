/// Sixteen bytes held in place: no allocation, ordered as big-endian bytes.
public struct Bytes16: Hashable, Comparable, Sendable {
    public let high: UInt64
    public let low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// `nil` unless `bytes` holds exactly sixteen.
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == 16 else { return nil }
        var words: (UInt64, UInt64) = (0, 0)
        for (index, byte) in bytes.enumerated() {
            if index < 8 { words.0 = words.0 << 8 | UInt64(byte) } else { words.1 = words.1 << 8 | UInt64(byte) }
        }
        self.init(high: words.0, low: words.1)
    }

    /// `nil` unless `hex` is 32 lowercase hexadecimal digits.
    public init?(hex: some StringProtocol) {
        guard hex.utf8.count == 32, hex.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) }),
            let high = UInt64(hex.prefix(16), radix: 16), let low = UInt64(hex.suffix(16), radix: 16)
        else { return nil }
        self.init(high: high, low: low)
    }

    public var bytes: [UInt8] { high.bigEndianBytes + low.bigEndianBytes }

    public var hex: String { high.hex + low.hex }

    public static func < (a: Self, b: Self) -> Bool { (a.high, a.low) < (b.high, b.low) }
}

extension FixedWidthInteger where Self: UnsignedInteger {
    /// The bytes of the number, the most significant first. Inlined: as a generic call it takes ten times as long.
    @inlinable
    public var bigEndianBytes: [UInt8] { unsafe withUnsafeBytes(of: bigEndian) { unsafe Array($0) } }

    /// All digits, leading zeros included, lowercase.
    public var hex: String {
        let count = Self.bitWidth / 4
        // Of ids in every answer and record: `String(_:radix:)` takes several times as long.
        return unsafe String(unsafeUninitializedCapacity: count) { digits in
            for place in 0..<count {
                let digit = UInt8(truncatingIfNeeded: self >> Self(4 * (count - 1 - place))) & 15
                unsafe digits[place] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") - 10 + digit
            }
            return count
        }
    }
}

extension [UInt8] {
    /// Adds the bytes of a number, the most significant first.
    @inlinable
    public mutating func append(bigEndian number: some FixedWidthInteger & UnsignedInteger) {
        unsafe Swift.withUnsafeBytes(of: number.bigEndian) { unsafe append(contentsOf: $0) }
    }
}

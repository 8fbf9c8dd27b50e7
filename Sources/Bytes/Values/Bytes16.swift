/// Sixteen bytes as a value without an allocation, ordered as big-endian bytes.
public struct Bytes16: Hashable, Comparable, Sendable {
    /// The first eight bytes, big-endian.
    public let high: UInt64
    /// The last eight bytes, big-endian.
    public let low: UInt64

    /// Creates the value from two words.
    ///
    /// - Parameters:
    ///   - high: The first eight bytes, big-endian.
    ///   - low: The last eight bytes, big-endian.
    @inlinable
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Creates the value from bytes. The result is `nil` unless `bytes` has exactly sixteen.
    ///
    /// - Parameter bytes: Sixteen bytes.
    @inlinable
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == 16 else { return nil }
        var words: (UInt64, UInt64) = (0, 0)
        for (index, byte) in bytes.enumerated() {
            if index < 8 { words.0 = words.0 << 8 | UInt64(byte) } else { words.1 = words.1 << 8 | UInt64(byte) }
        }
        self.init(high: words.0, low: words.1)
    }

    /// Creates the value from hexadecimal digits. The result is `nil` for any other text.
    ///
    /// - Parameter hex: 32 lowercase hexadecimal digits.
    @inlinable
    public init?(hex: some StringProtocol) {
        guard hex.utf8.count == 32 else { return nil }
        var words: (UInt64, UInt64) = (0, 0)
        for (index, digit) in hex.utf8.enumerated() {
            guard digit.isLowercaseHexDigit, let value = digit.hexDigitValue else { return nil }
            if index < 16 { words.0 = words.0 << 4 | UInt64(value) } else { words.1 = words.1 << 4 | UInt64(value) }
        }
        self.init(high: words.0, low: words.1)
    }

    /// The sixteen bytes as an array.
    public var bytes: [UInt8] { high.bigEndianBytes + low.bigEndianBytes }

    /// The bytes as 32 lowercase hexadecimal digits.
    public var hex: String { high.hex + low.hex }

    /// Returns whether both values have the same bytes.
    @inlinable
    public static func == (a: Self, b: Self) -> Bool { a.high == b.high && a.low == b.low }

    /// Orders values as their bytes are ordered.
    @inlinable
    public static func < (a: Self, b: Self) -> Bool { (a.high, a.low) < (b.high, b.low) }

    /// Hashes both words.
    @inlinable
    public func hash(into hasher: inout Hasher) {
        hasher.combine(high)
        hasher.combine(low)
    }
}

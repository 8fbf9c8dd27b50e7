/// An inline value of 32 bytes, as SHA-256 gives them.
public struct Digest32: Hashable, Sendable {
    /// The digest as four big-endian words, the first bytes in the first word.
    public let words: (UInt64, UInt64, UInt64, UInt64)

    /// Creates the digest from bytes. The result is `nil` unless `bytes` has exactly 32.
    ///
    /// - Parameter bytes: 32 bytes.
    @inlinable
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == 32 else { return nil }
        var iterator = bytes.makeIterator()
        func word() -> UInt64 {
            var word: UInt64 = 0
            for _ in 0..<8 { word = word << 8 | UInt64(iterator.next() ?? 0) }
            return word
        }
        words = (word(), word(), word(), word())
    }

    /// The bytes of four numbers, the most significant of each first.
    @inlinable
    public init(words: (UInt64, UInt64, UInt64, UInt64)) { self.words = words }

    /// The 32 bytes as an array.
    public var bytes: [UInt8] {
        words.0.bigEndianBytes + words.1.bigEndianBytes + words.2.bigEndianBytes + words.3.bigEndianBytes
    }

    /// The 32 bytes as an inline array, without an allocation.
    @inlinable
    public var inlineBytes: [32 of UInt8] {
        var bytes = [32 of UInt8](repeating: 0)
        for index in 0..<8 {
            let shift = UInt64(56 - index * 8)
            bytes[index] = UInt8(truncatingIfNeeded: words.0 >> shift)
            bytes[8 + index] = UInt8(truncatingIfNeeded: words.1 >> shift)
            bytes[16 + index] = UInt8(truncatingIfNeeded: words.2 >> shift)
            bytes[24 + index] = UInt8(truncatingIfNeeded: words.3 >> shift)
        }
        return bytes
    }

    /// The bytes as 64 lowercase hexadecimal digits.
    public var hex: String { words.0.hex + words.1.hex + words.2.hex + words.3.hex }

    /// Returns whether both digests have the same bytes. The comparison does not take constant time.
    @inlinable
    public static func == (a: Self, b: Self) -> Bool { a.words == b.words }

    /// Hashes the first eight bytes, which are as random as all of them.
    @inlinable
    public func hash(into hasher: inout Hasher) { hasher.combine(words.0) }
}

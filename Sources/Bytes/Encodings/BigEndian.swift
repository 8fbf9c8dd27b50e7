// The bytes of numbers, the most significant first: the order in which stored formats, hashes and keys have them.

extension FixedWidthInteger {
    /// The bytes of the number, the most significant first. The property is inlined, since a generic call takes ten times as
    /// long.
    @inlinable
    package var bigEndianBytes: [UInt8] { unsafe withUnsafeBytes(of: bigEndian) { unsafe Array($0) } }
}

extension [UInt8] {
    /// Appends the bytes of a number, the most significant first.
    ///
    /// - Parameter number: The number; it adds as many bytes as its type has.
    @inlinable
    package mutating func append(bigEndian number: some FixedWidthInteger) {
        unsafe Swift.withUnsafeBytes(of: number.bigEndian) { unsafe append(contentsOf: $0) }
    }
}

extension Span<UInt8> {
    /// Returns the number in the bytes from `offset` on, the most significant first: as many bytes as the type of the number has. It
    /// traps where they do not all lie within the span.
    @inlinable
    package func bigEndian<Number: FixedWidthInteger & BitwiseCopyable>(at offset: Int = 0, as type: Number.Type = UInt64.self) -> Number {
        Number(bigEndian: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: type))
    }
}

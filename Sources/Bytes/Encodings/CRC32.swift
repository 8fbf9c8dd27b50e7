/// CRC-32 as in IEEE 802.3, zlib and PNG: polynomial 0x04C11DB7 reflected (0xEDB88320), initial value and final XOR all ones. The
/// checksum of "123456789" is 0xCBF43926.
///
/// It is computed eight bytes at a step ("slicing by 8"): entry `256 × k + b` of the table is the checksum register after byte
/// `b` and then `k` zero bytes.
package enum CRC32 {
    /// Returns the checksum of the bytes in `range`, which must lie within `bytes`.
    package static func checksum(_ bytes: Span<UInt8>, _ range: Range<Int>) -> UInt32 {
        precondition(range.upperBound <= bytes.count)
        return ~extended(.max, by: bytes, range)
    }

    /// Returns the checksum of two spans of bytes, the second following the first.
    ///
    /// - Parameters:
    ///   - first: The bytes that come first.
    ///   - second: The bytes that follow.
    /// - Returns: The checksum, after the final XOR.
    package static func checksum(_ first: Span<UInt8>, _ second: Span<UInt8>) -> UInt32 {
        ~extended(extended(.max, by: first, 0..<first.count), by: second, 0..<second.count)
    }

    private static func extended(_ register: UInt32, by bytes: Span<UInt8>, _ range: Range<Int>) -> UInt32 {
        var register = register
        var offset = range.lowerBound
        while range.upperBound - offset >= 8 {
            let word = bytes.littleEndianWord(at: offset) ^ UInt64(register)
            let near = entry(7, word) ^ entry(6, word >> 8) ^ entry(5, word >> 16) ^ entry(4, word >> 24)
            let far = entry(3, word >> 32) ^ entry(2, word >> 40) ^ entry(1, word >> 48) ^ entry(0, word >> 56)
            register = near ^ far
            offset += 8
        }
        while offset < range.upperBound {
            register = register >> 8 ^ entry(0, UInt64(register) ^ UInt64(bytes[offset]))
            offset += 1
        }
        return register
    }

    /// Returns the table's entry for the low byte of `word`, followed by `zeros` zero bytes.
    @inline(__always)
    private static func entry(_ zeros: Int, _ word: UInt64) -> UInt32 {
        tables[zeros << 8 | Int(truncatingIfNeeded: word & 0xFF)]
    }

    private static let tables: InlineArray<2048, UInt32> = {
        var tables = InlineArray<2048, UInt32>(repeating: 0)
        for byte in 0..<256 {
            var register = UInt32(byte)
            for _ in 0..<8 { register = register >> 1 ^ (register & 1 == 1 ? 0xEDB8_8320 : 0) }
            tables[byte] = register
        }
        for index in 256..<2048 {
            let shorter = tables[index - 256]
            tables[index] = shorter >> 8 ^ tables[Int(shorter & 0xFF)]
        }
        return tables
    }()
}

extension Span<UInt8> {
    /// Returns eight bytes as a number, the least significant first. It traps where they do not all lie within the span.
    fileprivate func littleEndianWord(at offset: Int) -> UInt64 {
        UInt64(littleEndian: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
}

import Bytes
import TestSupport
import Testing

/// The definition by place values, as Horner's scheme.
private func number(_ bytes: some Sequence<UInt8>) -> UInt64 { bytes.reduce(0) { $0 * 256 + UInt64($1) } }

@Suite("Big-endian numbers")
struct BigEndianTests {
    @Test("The most significant byte comes first")
    func order() {
        #expect(UInt64(0x0102_0304_0506_0708).bigEndianBytes == [1, 2, 3, 4, 5, 6, 7, 8])
        #expect(UInt16(258).bigEndianBytes == [1, 2])
        #expect(Int64(-2).bigEndianBytes == [255, 255, 255, 255, 255, 255, 255, 254])
        let key = BigEndianKey(0x0102_0304_0506_0708)
        #expect((0..<8).map { key.storage[$0] } == [1, 2, 3, 4, 5, 6, 7, 8])
    }

    @Test("Each number is the sum of its bytes' place values, in every width, wherever it stands")
    func agreesWithTheDefinition() {
        withSeed { random in
            for _ in 0..<2_000 {
                let value = random.next() >> UInt64.random(in: 0..<64, using: &random)
                #expect(number(value.bigEndianBytes) == value)
                var bytes = random.bytes(Int.random(in: 0...9, using: &random))
                let start = bytes.count
                bytes.append(bigEndian: value)
                bytes.append(bigEndian: UInt32(truncatingIfNeeded: value))
                bytes.append(bigEndian: UInt16(truncatingIfNeeded: value))
                #expect(number(bytes[start..<start + 8]) == value)
                #expect(number(bytes[(start + 8)..<(start + 12)]) == value & 0xFFFF_FFFF)
                #expect(number(bytes[(start + 12)...]) == value & 0xFFFF)
                let span = bytes.span
                let read = (
                    span.bigEndian(at: start), span.bigEndian(at: start + 8, as: UInt32.self),
                    span.bigEndian(at: start + 12, as: UInt16.self)
                )
                #expect(read.0 == value)
                #expect(read.1 == UInt32(truncatingIfNeeded: value))
                #expect(read.2 == UInt16(truncatingIfNeeded: value))
                let key = BigEndianKey(value)
                #expect((0..<8).map { key.storage[$0] } == value.bigEndianBytes)
            }
        }
    }

    @Test("Numbers at the edges survive", arguments: [0, 1, 255, 256, UInt64(UInt32.max), UInt64.max - 1, UInt64.max])
    func edges(_ number: UInt64) {
        let bytes = [0xAA] + number.bigEndianBytes + [0xBB]
        let read = bytes.span.bigEndian(at: 1)
        #expect(read == number)
    }

    @Test("Numbers sort as their bytes do")
    func sorting() {
        withSeed { random in
            for _ in 0..<1_000 {
                let (a, b) = (random.next() >> UInt64.random(in: 0..<64, using: &random), random.next())
                #expect(a.bigEndianBytes.lexicographicallyPrecedes(b.bigEndianBytes) == (a < b))
            }
        }
    }
}

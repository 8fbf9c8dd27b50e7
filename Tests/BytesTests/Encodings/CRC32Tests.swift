import Bytes
import TestSupport
import Testing

/// The definition, bit by bit.
private func bitwise(_ bytes: some Sequence<UInt8>) -> UInt32 {
    var register = UInt32.max
    for byte in bytes {
        register ^= UInt32(byte)
        for _ in 0..<8 { register = register >> 1 ^ (register & 1 == 1 ? 0xEDB8_8320 : 0) }
    }
    return ~register
}

@Suite("CRC-32")
struct CRC32Tests {
    @Test("The check value of the standard")
    func checkValue() {
        let bytes = Array("123456789".utf8)
        let checksum = CRC32.checksum(bytes.span, 0..<9)
        #expect(checksum == 0xCBF4_3926)
    }

    @Test("The checksum of a part, and of two parts, agrees with bitwise computation")
    func parts() {
        withSeed { random in
            for _ in 0..<2_000 {
                let bytes = random.bytes(Int.random(in: 0...100, using: &random))
                let start = Int.random(in: 0...bytes.count, using: &random)
                let end = Int.random(in: start...bytes.count, using: &random)
                let part = CRC32.checksum(bytes.span, start..<end)
                #expect(part == bitwise(bytes[start..<end]))
                let two = CRC32.checksum(bytes.span.extracting(0..<start), bytes.span.extracting(start..<bytes.count))
                #expect(two == bitwise(bytes))
            }
        }
    }
}

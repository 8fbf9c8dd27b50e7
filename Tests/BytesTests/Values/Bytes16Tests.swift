import Bytes
import TestSupport
import Testing

@Suite struct Bytes16Tests {
    @Test func survivesAsBytesAndAsText() throws {
        try withSeed { random in
            for _ in 0..<1_000 {
                let bytes = random.bytes(16)
                let value = try #require(Bytes16(bytes))
                #expect(value.bytes == bytes)
                #expect(value.hex == bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined())
                #expect(Bytes16(hex: value.hex) == value)
            }
        }
    }

    @Test func sortsAsItsBytes() throws {
        try withSeed { random in
            for _ in 0..<1_000 {
                let a = random.bytes(16)
                var b = a
                b[Int.random(in: 0..<16, using: &random)] = random.bytes(1)[0]
                let (left, right) = (try #require(Bytes16(a)), try #require(Bytes16(b)))
                #expect((left < right) == a.lexicographicallyPrecedes(b))
                #expect((left == right) == (a == b))
            }
        }
    }

    @Test(arguments: [0, 15, 17]) func has16Bytes(_ count: Int) {
        #expect(Bytes16([UInt8](repeating: 0, count: count)) == nil)
    }

    @Test(arguments: [
        "", "0123456789abcdef0123456789abcde", "0123456789abcdef0123456789abcdef0", "0123456789ABCDEF0123456789abcdef",
        "+123456789abcdef0123456789abcdef", "0123456789abcdef 123456789abcdef", "0123456789abcdef0123456789abcdeg",
        "0123456789abcdef0123456789abcdé",
    ])
    func refuses(_ text: String) {
        #expect(Bytes16(hex: text) == nil)
    }
}

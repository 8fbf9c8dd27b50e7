import Bytes
import TestSupport
import Testing

@Suite struct Digest32Tests {
    @Test func keepsTheOrderOfBytes() throws {
        try withSeed { random in
            for _ in 0..<500 {
                let bytes = random.bytes(32)
                let digest = try #require(Digest32(bytes))
                #expect(digest.bytes == bytes)
                #expect(digest.hex == bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined())
                let inlineBytes = digest.inlineBytes
                #expect((0..<32).map { inlineBytes[$0] } == bytes)
                #expect(Digest32(words: digest.words) == digest)
            }
        }
    }

    @Test func differsWhereAnyByteDiffers() throws {
        let bytes = [UInt8](repeating: 7, count: 32)
        for index in bytes.indices {
            var other = bytes
            other[index] = 8
            #expect(Digest32(bytes) != Digest32(other))
        }
    }

    @Test(arguments: [0, 31, 33]) func has32Bytes(_ count: Int) {
        #expect(Digest32([UInt8](repeating: 0, count: count)) == nil)
    }
}

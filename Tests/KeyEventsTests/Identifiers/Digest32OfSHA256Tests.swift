import Bytes
import Crypto
import KeyEvents
import Testing

@Suite struct Digest32OfSHA256Tests {
    @Test func keepsTheOrderOfBytes() {
        let digest = SHA256.hash(data: Array("abc".utf8))
        #expect(Digest32(digest).hex == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(Digest32(Array(digest)) == Digest32(digest))
        #expect(Digest32(digest).bytes == Array(digest))
    }
}

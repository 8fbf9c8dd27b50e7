import Bytes
import KeyEvents
import LogTestSupport
import TestSupport
import Testing

@testable import EventLog

@Suite struct MerkleHashTests {
    @Test func knownHashes() {
        #expect(MerkleHash.empty.hex == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        let leaf = MerkleHash.leaf([UInt8]().span)
        #expect(leaf.hex == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d")
    }

    @Test func hashesAsTheRFCSays() throws {
        try withSeed { random in
            for _ in 0..<200 {
                let record = random.bytes(random.number(below: 300))
                let leaf = MerkleHash.leaf(record.span)
                #expect(leaf.bytes == NaiveMerkle.leaf(record))
                let (left, right) = (random.bytes(32), random.bytes(32))
                let node = MerkleHash.node(try #require(Digest32(left)), try #require(Digest32(right)))
                #expect(node.bytes == NaiveMerkle.root([left, right]))
            }
        }
    }

    /// A leaf cannot pass for a node: their inputs begin differently.
    @Test func aLeafIsNotANode() {
        let (left, right) = (Digest32.sample(1), Digest32.sample(2))
        let leaf = MerkleHash.leaf((left.bytes + right.bytes).span)
        #expect(leaf != MerkleHash.node(left, right))
    }

    @Test func theLeadingBytesAreTheFirst() throws {
        let digest = try #require(Digest32(Array(1...32)))
        #expect(digest.leading32 == 0x0102_0304)
    }
}

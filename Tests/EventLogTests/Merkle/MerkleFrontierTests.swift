import Bytes
import KeyEvents
import LogTestSupport
import TestSupport
import Testing

@testable import EventLog

@Suite struct MerkleFrontierTests {
    /// The vectors of Certificate Transparency's own tests (`merkle_tree_test` of google/certificate-transparency).
    @Test func theRootsOfCertificateTransparency() {
        let records: [[UInt8]] = [
            [], [0x00], [0x10], [0x20, 0x21], [0x30, 0x31], [0x40, 0x41, 0x42, 0x43], Array(0x50...0x57), Array(0x60...0x6F),
        ]
        let roots = [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ]
        var frontier = MerkleFrontier()
        #expect(frontier.root == MerkleHash.empty)
        for (record, root) in zip(records, roots) {
            frontier.append(MerkleHash.leaf(record.span)) { _ in }
            #expect(frontier.root.hex == root)
        }
    }

    @Test func everyRootUpTo600() {
        var frontier = MerkleFrontier()
        var leaves: [[UInt8]] = []
        #expect(frontier.root.bytes == NaiveMerkle.root([]))
        for number in 0..<600 as Range<UInt64> {
            let leaf = Digest32.sample(number)
            leaves.append(leaf.bytes)
            frontier.append(leaf) { _ in }
            #expect(frontier.size == number + 1)
            #expect(frontier.root.bytes == NaiveMerkle.root(leaves[...]), "of \(number + 1) leaves")
        }
    }

    @Test func someLargerRoots() {
        withSeed { random in
            for _ in 0..<4 {
                let leaves = (0..<600 + random.number(below: 9_000)).map { _ in Digest32.sample(random.next()) }
                var frontier = MerkleFrontier()
                for leaf in leaves { frontier.append(leaf) { _ in } }
                #expect(frontier.root.bytes == NaiveMerkle.root(leaves.map(\.bytes)[...]), "of \(leaves.count) leaves")
            }
        }
    }

    /// Every perfect subtree is handed out once, when its last leaf comes, with the hash of its leaves.
    @Test func everyNodeIsHandedOutOnce() {
        let leaves = (0..<100).map { Digest32.sample($0) }
        var frontier = MerkleFrontier()
        var seen: Set<[UInt64]> = []
        for (number, leaf) in leaves.enumerated() {
            frontier.append(leaf) { node in
                let width = 1 << node.height
                let first = Int(node.index) * width
                #expect(first + width == number + 1)
                #expect(node.hash.bytes == NaiveMerkle.root(leaves[first..<first + width].map(\.bytes)[...]))
                #expect(seen.insert([UInt64(node.height), node.index]).inserted)
            }
        }
        #expect(seen.count == 100 + 50 + 25 + 12 + 6 + 3 + 1)
    }

    /// Built of subtrees it is the same as built of leaves.
    @Test func subtreesStandForTheirLeaves() {
        var whole = MerkleFrontier()
        var nodes: [MerkleFrontier.Node] = []
        for number in 0..<48 as Range<UInt64> { whole.append(.sample(number)) { if $0.height == 4 { nodes.append($0) } } }
        var built = MerkleFrontier()
        for node in nodes { built.push(node) }
        #expect(built == whole)
    }
}

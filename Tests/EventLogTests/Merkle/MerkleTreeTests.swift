import Bytes
import KeyEvents
import LogTestSupport
import Storage
import TestSupport
import Testing

@testable import EventLog

@Suite(.holdsLedgers) struct MerkleTreeTests {
    private let folder: TemporaryFolder
    private let log: OpenLog
    private let leaves: [[UInt8]]

    /// Past two rows of the second stored height, and no power of two.
    private static let size = 700

    init() throws {
        folder = try TemporaryFolder()
        log = try OpenLog(folder)
        try log.append([.created(1)])
        let log = log
        try withSeed { random in _ = try log.append(random.events(Self.size - 1)) }
        leaves = try log.records().map(NaiveMerkle.leaf)
    }

    private var tree: MerkleTree { MerkleTree(log.reader) }

    /// PATH of RFC 6962 section 2.1.1, word for word.
    private func path(_ number: Int, _ leaves: ArraySlice<[UInt8]>) -> [[UInt8]] {
        guard leaves.count > 1 else { return [] }
        var split = 1
        while split * 2 < leaves.count { split *= 2 }
        let middle = leaves.startIndex + split
        if number < split { return path(number, leaves[..<middle]) + [NaiveMerkle.root(leaves[middle...])] }
        return path(number - split, leaves[middle...]) + [NaiveMerkle.root(leaves[..<middle])]
    }

    /// SUBPROOF of section 2.1.2.
    private func subproof(_ old: Int, _ leaves: ArraySlice<[UInt8]>, isWhole: Bool) -> [[UInt8]] {
        if old == leaves.count { return isWhole ? [] : [NaiveMerkle.root(leaves)] }
        var split = 1
        while split * 2 < leaves.count { split *= 2 }
        let middle = leaves.startIndex + split
        if old <= split { return subproof(old, leaves[..<middle], isWhole: isWhole) + [NaiveMerkle.root(leaves[middle...])] }
        return subproof(old - split, leaves[middle...], isWhole: false) + [NaiveMerkle.root(leaves[..<middle])]
    }

    @Test func rootsAreThoseOfTheRFCAtEverySize() throws {
        try log.read { transaction in
            for size in 0...Self.size {
                let root = try tree.root(of: UInt64(size), transaction)
                #expect(root.bytes == NaiveMerkle.root(leaves[..<size]), "of \(size)")
            }
        }
    }

    @Test func inclusionProofsAreThoseOfTheRFCAndVerify() throws {
        try withSeed { random in
            try log.read { transaction in
                for _ in 0..<400 {
                    let size = 1 + random.number(below: Self.size)
                    let position = random.number(below: size)
                    let proof = try tree.inclusionProof(of: UInt64(position), in: UInt64(size), transaction)
                    #expect(proof.map(\.bytes) == path(position, leaves[..<size]), "\(position) of \(size)")
                    let leaf = try #require(Digest32(leaves[position]))
                    let root = try tree.root(of: UInt64(size), transaction)
                    let claimed = MerkleProof.root(of: leaf, at: UInt64(position), size: UInt64(size), path: proof)
                    #expect(claimed == root)
                    try expectRefused(leaf, position, size, proof, root, &random)
                }
            }
        }
    }

    /// Another leaf, position, size or hash, or a hash more or less.
    private func expectRefused(
        _ leaf: Digest32, _ position: Int, _ size: Int, _ proof: [Digest32], _ root: Digest32, _ random: inout SplitMix64
    ) throws {
        func claimed(_ leaf: Digest32, _ position: Int, _ size: Int, _ path: [Digest32]) -> Digest32? {
            MerkleProof.root(of: leaf, at: UInt64(position), size: UInt64(size), path: path)
        }
        #expect(claimed(random.flipped(leaf), position, size, proof) != root)
        #expect(claimed(leaf, position, size, proof + [root]) != root)
        #expect(claimed(leaf, size, size, proof) == nil)
        guard let place = proof.indices.randomElement(using: &random) else { return }
        var changed = proof
        changed[place] = random.flipped(proof[place])
        #expect(claimed(leaf, position, size, changed) != root)
        #expect(claimed(leaf, position, size, Array(proof.dropLast())) != root)
        // Twins can change places.
        let neighbour = position ^ 1
        if neighbour >= leaves.count || leaves[neighbour] != leaves[position] { #expect(claimed(leaf, neighbour, size, proof) != root) }
    }

    @Test func consistencyProofsAreThoseOfTheRFCAndVerify() throws {
        try withSeed { random in
            try log.read { transaction in
                for _ in 0..<400 {
                    let size = 1 + random.number(below: Self.size)
                    let old = random.number(below: size + 1)
                    let proof = try tree.consistencyProof(from: UInt64(old), to: UInt64(size), transaction)
                    #expect(proof.map(\.bytes) == (old == 0 ? [] : subproof(old, leaves[..<size], isWhole: true)), "\(old) to \(size)")
                    let (oldRoot, root) = (try tree.root(of: UInt64(old), transaction), try tree.root(of: UInt64(size), transaction))
                    func holds(_ oldRoot: Digest32, _ root: Digest32, _ proof: [Digest32]) -> Bool {
                        MerkleProof.isConsistent(
                            oldSize: UInt64(old), oldRoot: oldRoot, size: UInt64(size), root: root, proof: proof)
                    }
                    #expect(holds(oldRoot, root, proof), "\(old) to \(size)")
                    #expect(!holds(random.flipped(oldRoot), root, proof))
                    // Whatever follows an empty tree, it begins with it.
                    if old > 0 { #expect(!holds(oldRoot, random.flipped(root), proof)) }
                    #expect(!holds(oldRoot, root, proof + [root]))
                    guard let place = proof.indices.randomElement(using: &random) else { continue }
                    var changed = proof
                    changed[place] = random.flipped(proof[place])
                    #expect(!holds(oldRoot, root, changed))
                    #expect(!holds(oldRoot, root, Array(proof.dropLast())))
                }
            }
        }
    }

    @Test func tilesHoldTheHashesAndRecordsOfTheLog() throws {
        let tiles = Tiles(log.reader)
        #expect(try tiles.hashes(level: 0, index: 1, width: 256) == leaves[256..<512].flatMap(\.self))
        #expect(try tiles.hashes(level: 0, index: 2, width: 188) == leaves[512..<700].flatMap(\.self))
        #expect(try tiles.hashes(level: 1, index: 0, width: 2) == [0, 256].flatMap { NaiveMerkle.root(leaves[$0..<$0 + 256]) })
        for (level, index, width) in [(0, 2, 189), (0, 3, 1), (1, 0, 3), (2, 0, 1), (0, UInt64.max, 256)] as [(Int, UInt64, Int)] {
            #expect(try tiles.hashes(level: level, index: index, width: width) == nil)
        }
        let records = try log.records()
        let bundle = try #require(try tiles.entries(index: 2, width: 10))
        #expect(bundle == records[512..<522].flatMap { UInt16($0.count).bigEndianBytes + $0 })
        #expect(try tiles.entries(index: 2, width: 189) == nil)
    }
}

extension SplitMix64 {
    /// Returns the digest with one bit flipped.
    fileprivate mutating func flipped(_ digest: Digest32) -> Digest32 {
        var bytes = digest.bytes
        let bit = number(below: 256)
        bytes[bit / 8] ^= 1 << UInt8(bit % 8)
        return Digest32(bytes)!
    }
}

import Bytes
import KeyEvents
import LogTestSupport
import Storage
import TestSupport
import Testing

@testable import EventLog

@Suite(.holdsLedgers) struct MerkleStoreTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Batches of random sizes; the edge as it is stored, the one in memory, and the tree of the records agree after each, and
    /// after the files were closed.
    @Test func theStoredEdgeIsTheOneInMemory() throws {
        try withSeed { random in
            var whole = MerkleFrontier()
            for _ in 0..<12 {
                let log = try OpenLog(folder)
                for _ in 0..<8 {
                    let count = random.number(below: 5) == 0 ? random.number(below: 700) : random.number(below: 40)
                    let frontier = try append(count, to: log, &whole)
                    #expect(frontier == whole, "of \(whole.size) leaves")
                    #expect(try stored(log) == whole, "of \(whole.size) leaves")
                }
            }
            let root = NaiveMerkle.root(ofRecords: try OpenLog(folder).records())
            #expect(whole.root.bytes == root)
            #expect(whole.size > 1_000)
        }
    }

    /// One leaf at a time, past two rows of the second stored height.
    @Test func theStoredEdgeIsRightAtEverySize() throws {
        let log = try OpenLog(folder)
        var whole = MerkleFrontier()
        #expect(try stored(log) == whole)
        for _ in 0..<530 {
            _ = try append(1, to: log, &whole)
            #expect(try stored(log) == whole, "of \(whole.size) leaves")
        }
    }

    @Test func everyFourthHeightIsStored() throws {
        let log = try OpenLog(folder)
        try log.append(Event.uses(4_200))
        let leaves = try log.records().map(NaiveMerkle.leaf)
        try log.read { transaction in
            for (height, index, isThere) in [
                (4, 0, true), (4, 261, true), (4, 262, false), (8, 15, true), (8, 16, false), (12, 0, true), (16, 0, false),
            ] {
                let hash = try log.reader.tables.merkle.hash(height: height, index: UInt64(index), transaction)
                let width = 1 << height
                let expected = isThere ? NaiveMerkle.root(leaves[index * width..<(index + 1) * width]) : nil
                // A place in a row that is not reached yet is zero, or the row is missing.
                #expect((hash?.bytes.contains { $0 != 0 } ?? false) == isThere)
                if isThere { #expect(hash?.bytes == expected, "height \(height), index \(index)") }
            }
            let rows = try transaction.count(of: log.reader.tables.tree)
            #expect(rows == (262 + 15) / 16 + 1 + 1)
        }
    }

    @Test func theLongestRunStandsAtTheEnd() {
        let keys = [MerkleStore.key(height: 60, row: 0), MerkleStore.key(height: 8, row: .max), MerkleStore.key(height: 4, row: 0)]
        #expect(keys == keys.sorted { $0.lexicographicallyPrecedes($1) })
        #expect(keys[2] == [251, 0, 0, 0, 0, 0, 0, 0, 0])
        #expect(MerkleStore.key(height: 8, row: 0x0102) == [247, 0, 0, 0, 0, 0, 0, 1, 2])
    }

    /// Measured on files that hold nothing but the tree.
    @Test func theTreeTakesLessThanFourBytesAnEvent() throws {
        let environment = try Environment(path: folder.path, tables: ["tree"], options: .init(mapSize: 64 << 20, isSyncedByCaller: true))
        let store = MerkleStore(tree: environment.table("tree"), records: environment.table("tree"))
        let empty = environment.information.usedBytes
        var frontier = MerkleFrontier()
        while frontier.size < 200_000 {
            var rows = MerkleRows()
            for _ in 0..<500 { frontier.append(.sample(frontier.size % 7)) { rows.add($0) } }
            try environment.write { try rows.write(to: store, &$0) }
        }
        #expect(Double(environment.information.usedBytes - empty) / 200_000 < 4)
    }

    @Test func aMissingRowIsDamage() throws {
        let log = try OpenLog(folder)
        try log.append(Event.uses(40))
        try log.change { try $0.clear(log.reader.tables.tree) }
        #expect(throws: LogError.damaged(position: nil, what: "row 0 of the tree at height 4 is missing")) { try stored(log) }
    }

    @Test func aRecordThatIsRehashedIsChecked() throws {
        let log = try OpenLog(folder)
        try log.append(Event.uses(40))
        try log.flip(bit: 20, at: 35)
        #expect(throws: LogError.damaged(position: 35, what: "the record does not match its checksum")) { try stored(log) }
        try log.overwrite(35, nil)
        #expect(throws: LogError.missing(position: 35)) { try stored(log) }
    }

    private func stored(_ log: OpenLog) throws -> MerkleFrontier { try log.frontier() }

    private func append(_ count: Int, to log: OpenLog, _ whole: inout MerkleFrontier) throws -> MerkleFrontier {
        let first = whole.size
        let frontier = try log.sequencer.transact { transaction, appender in
            for number in 0..<UInt64(count) { _ = try appender.append(.used(first + number), &transaction) }
            return appender.frontier
        }
        let leaves = try log.read { transaction in
            try (first..<first + UInt64(count)).map { try log.reader.leaf(at: $0, transaction) }
        }
        for leaf in leaves { whole.append(try #require(leaf)) { _ in } }
        return frontier
    }
}

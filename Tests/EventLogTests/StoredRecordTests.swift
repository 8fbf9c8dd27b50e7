import Bytes
import KeyEvents
import Testing

@testable import EventLog

@Suite struct StoredRecordTests {
    private static func leaf(_ stored: [UInt8]) throws -> Digest32 { try StoredRecord.checkedLeaf(stored.span, at: 9) }

    @Test func theCheckIsTheStartOfTheLeafHash() throws {
        let leaf = MerkleHash.leaf([1, 2, 3].span)
        let stored = StoredRecord.value(record: [1, 2, 3], leaf: leaf)
        #expect(stored == [1, 2, 3] + leaf.bytes.prefix(4))
        #expect(try Self.leaf(stored) == leaf)
    }

    @Test func everyFlippedBitIsNoticed() throws {
        let record = Array("some record".utf8)
        let stored = StoredRecord.value(record: record, leaf: MerkleHash.leaf(record.span))
        for bit in 0..<stored.count * 8 {
            var flipped = stored
            flipped[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: LogError.damaged(position: 9, what: "the record does not match its checksum")) { try Self.leaf(flipped) }
        }
    }

    @Test func aRecordThatIsCutShortIsNoticed() throws {
        let stored = StoredRecord.value(record: [1, 2, 3], leaf: MerkleHash.leaf([1, 2, 3].span))
        for length in 0..<stored.count {
            let error = #expect(throws: LogError.self) { try Self.leaf(Array(stored.prefix(length))) }
            guard case .damaged(position: 9, _) = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
        }
    }
}

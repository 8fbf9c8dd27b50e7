import KeyEvents
import LMDB
import Testing

@testable import EventLog

@Suite struct LogScanTests {
    private let folder: TemporaryFolder
    private let log: OpenLog

    init() throws {
        folder = try TemporaryFolder()
        log = try OpenLog(folder)
    }

    private func scan() throws -> (next: UInt64, findings: [LogScan.Finding]) {
        var findings: [LogScan.Finding] = []
        var scan = LogScan(log.reader)
        let next = try scan.run { _ in
        } finding: {
            findings.append($0)
        }
        return (next, findings)
    }

    private func positions() throws -> [UInt64?] { try scan().findings.map(\.position) }

    private func text() throws -> [String] { try scan().findings.map(\.what) }

    /// Keys 1…3, each created, used, and the first one revoked.
    private func appendSoundLog() throws {
        try log.append([.created(1), .created(2), .created(3)])
        for position in 3..<60 as Range<UInt64> { try log.append([.used(position % 3 + 1, decidedAt: position - 1)]) }
        try log.append([.revoked(1), Event(2, .disabled), Event(2, .enabled)])
    }

    @Test func anEmptyLogIsSound() throws {
        let result = try scan()
        #expect(result.next == 0)
        #expect(result.findings.isEmpty)
    }

    @Test func aSoundLogHasNoFindings() throws {
        try appendSoundLog()
        let result = try scan()
        #expect(result.next == 63)
        #expect(result.findings.isEmpty)
    }

    /// Over several read transactions; the position about to be read is told, so that a crash can be placed.
    @Test func aLongLogIsReadInSlices() throws {
        try log.append([.created(1)])
        for _ in 0..<6 { try log.append(Event.uses(2_000)) }
        var last: UInt64 = 0
        var scan = LogScan(log.reader)
        let next = try scan.run {
            #expect($0 >= last)
            last = $0
        } finding: {
            Issue.record("\($0)")
        }
        #expect(next == 12_001)
        #expect(last >= 12_000)
    }

    @Test func aFlippedBitIsFound() throws {
        try appendSoundLog()
        try withSeed { random in
            for _ in 0..<20 {
                let position = 3 + UInt64(random.number(below: 60))
                let whole = try #require(try log.stored(position))
                try log.flip(bit: random.number(below: whole.count * 8), at: position)
                let result = try scan()
                #expect(result.findings.map(\.position) == [position])
                #expect(result.next == 63)
                try log.overwrite(position, whole)
            }
        }
        #expect(try positions() == [])
    }

    @Test func severalFaultsAreFoundInOneRun() throws {
        try appendSoundLog()
        try log.flip(bit: 3, at: 10)
        try log.flip(bit: 3, at: 20)
        try log.overwrite(30, nil)
        #expect(try positions() == [10, 20, 30])
    }

    @Test func aMissingRecordIsFound() throws {
        try appendSoundLog()
        try log.overwrite(30, nil)
        try log.overwrite(31, nil)
        #expect(try scan().findings == [.init(position: 30, what: "the record is missing (the next one there is 32)")])
    }

    @Test func aLogThatWasCutOffIsFound() throws {
        try appendSoundLog()
        try log.overwrite(62, nil)
        #expect(try text() == ["the tree covers 63 records, and the log holds 62"])
    }

    /// A record that was replaced, check and all, by one that says something else.
    @Test func aForgedRecordIsFoundByTheTree() throws {
        try appendSoundLog()
        var event = try #require(try log.reader.event(at: 20))
        event.correlationID = "forged"
        let record = try EventCodec.encode(event)
        try log.overwrite(20, StoredRecord.value(record: record, leaf: MerkleHash.leaf(record.span)))
        let findings = try scan().findings
        // The node over records 16…31 is whole with the last of them.
        #expect(findings.first == .init(position: 31, what: "the tree's node 1 at height 4 does not match the records"))
        #expect(findings.last == .init(position: nil, what: "the root of the tree does not match the records"))
    }

    @Test func aForgedRecordBelowNoStoredNodeIsFoundByTheRoot() throws {
        try appendSoundLog()
        var event = try #require(try log.reader.event(at: 59))
        event.correlationID = "forged"
        let record = try EventCodec.encode(event)
        try log.overwrite(59, StoredRecord.value(record: record, leaf: MerkleHash.leaf(record.span)))
        #expect(try text() == ["the root of the tree does not match the records"])
    }

    @Test func aDamagedTreeIsFound() throws {
        try appendSoundLog()
        let tree = log.reader.tables.tree
        let key = MerkleStore.key(height: 4, row: 0)
        try log.change { transaction in
            var row = try transaction.get(key.span, in: tree)?.copy() ?? []
            row[32 * 2] ^= 1
            try transaction.put(key, row, in: tree)
        }
        #expect(try positions() == [47])
    }

    @Test func aRecordOlderThanTheOneBeforeItIsFound() throws {
        try appendSoundLog()
        try replace(20) { $0.recordedAt = Timestamp(seconds: 5) }
        #expect(try scan().findings.contains(.init(position: 20, what: "the record is older than the one before it")))
        #expect(try scan().findings.count { $0.what.hasPrefix("the record is older") } == 1)
    }

    private func replace(_ position: UInt64, _ change: (inout Event) -> Void) throws {
        var event = try #require(try log.reader.event(at: position))
        change(&event)
        let record = try EventCodec.encode(event)
        try log.overwrite(position, StoredRecord.value(record: record, leaf: MerkleHash.leaf(record.span)))
    }

    /// What is archived is not missed.
    @Test func itBeginsAtTheFirstPosition() throws {
        try appendSoundLog()
        for position in 0..<10 as Range<UInt64> { try log.overwrite(position, nil) }
        try log.change { try LogMeta.firstPosition.set(UInt64(10).bigEndianBytes, log.reader.tables, &$0) }
        let result = try scan()
        #expect(result.next == 63)
        #expect(result.findings.isEmpty)
    }

    // MARK: What the events say

    @Test func aKeyThatWasNotCreatedIsFound() throws {
        try log.append([.created(1), .used(2)])
        #expect(try scan().findings == [.init(position: 1, what: "the event is about a key that was not created before it")])
    }

    @Test func aKeyCreatedTwiceIsFound() throws {
        try log.append([.created(1), .created(1)])
        #expect(try scan().findings == [.init(position: 1, what: "the key is created a second time")])
    }

    /// Invariant 4. A use decided before the end may be recorded after it.
    @Test func aUseDecidedAfterTheEndOfItsKeyIsFound() throws {
        try log.append([.created(1), .used(1), .revoked(1), .used(1, decidedAt: 1), .used(1, decidedAt: 2), .used(1, decidedAt: 3)])
        #expect(try positions() == [4, 5])
    }

    @Test func aUseDecidedInTheFutureIsFound() throws {
        try log.append([.created(1), .used(1, decidedAt: 1)])
        #expect(try positions() == [1])
    }

    /// Invariant 5.
    @Test func eventsAfterTheEndOfAKeyAreFound() throws {
        try log.append([
            .created(1), .revoked(1), Event(1, .enabled), Event(1, .expired), .created(2), Event(2, .expired), Event(2, .expired),
            .revoked(2),
        ])
        #expect(try positions() == [2, 3, 6, 7])
    }

    @Test func refusalsAfterTheEndAreSound() throws {
        let use = Event.Use(secretID: 1, decidedAtPosition: 1, decidedAt: Timestamp(seconds: 1))
        try log.append([.created(1), .revoked(1), Event(1, .refused(use, .revoked))])
        #expect(try positions() == [])
    }
}

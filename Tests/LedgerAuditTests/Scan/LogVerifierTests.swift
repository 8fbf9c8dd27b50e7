import Bytes
import KeyEvents
import LogTestSupport
import Storage
import Synchronization
import TestSupport
import Testing

@testable import EventLog
@testable import LedgerAudit

@Suite(.holdsLedgers) struct LogVerifierTests {
    private let folder: TemporaryFolder
    private let log: OpenLog

    init() throws {
        folder = try TemporaryFolder()
        log = try OpenLog(folder)
    }

    private func scan(checkpoints: [Checkpoint] = []) throws -> (next: UInt64, findings: [Finding]) {
        let findings = Mutex<[Finding]>([])
        let outcome = try LogVerifier(log.reader, checkpoints: checkpoints).run { _ in
        } finding: { finding in
            findings.withLock { $0.append(finding) }
        }
        return (outcome.size, findings.withLock { $0 })
    }

    private func checkpoint() throws -> Checkpoint {
        let head = try log.treeHead()
        return Checkpoint(origin: "test", size: head.size, root: head.root)
    }

    private func positions() throws -> [UInt64?] { try scan().findings.map(\.position) }

    private func text() throws -> [String] { try scan().findings.map(\.what) }

    /// Keys 1…3, each created, used, and the first one revoked.
    private func appendSoundLog() throws {
        try log.append([.created(1), .created(2), .created(3)])
        for position in 3..<60 as Range<UInt64> { try log.append([.used(position % 3 + 1, decidedAt: position - 1)]) }
        try log.append([.revoked(1), Event(2, .disabled), Event(2, .enabled)])
    }

    /// Each alone would overflow what is added up from it, or could not be written as a time.
    @Test func whatCannotBeIsNotDecoded() throws {
        let never = Timestamp(microseconds: .max)
        let created = Event.Created(
            environment: "live", secret: SecretRecord(id: 1, digest: .sample(9), hint: "h"), scopes: [], permissions: [], expiresAt: never)
        func use(_ count: UInt64, _ decidedAt: Timestamp = Timestamp(seconds: 1), _ firstAt: Timestamp? = nil) -> Event.Use {
            Event.Use(count: count, secretID: 1, decidedAtPosition: 0, decidedAt: decidedAt, firstAt: firstAt)
        }
        let impossible: [Event] = [
            Event(1, .used(use(.max))), Event(1, .refused(use(1 << 60), .disabled)), Event(1, .used(use(1, never))),
            Event(1, .used(use(1, Timestamp(seconds: 1), Timestamp(microseconds: .min)))), Event(2, .created(created)),
            Event(1, .changed(Event.Changed(expiry: .at(never)))),
        ]
        try log.append([.created(1), Event(1, .used(use(1 << 40)))] + impossible)
        let findings = try scan().findings
        #expect(findings.map(\.position) == impossible.indices.map { UInt64($0) + 2 })
        #expect(findings.allSatisfy { $0.what == "the record cannot be decoded" })
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
        let outcome = try LogVerifier(log.reader).run {
            #expect($0 >= last)
            last = $0
        } finding: {
            Issue.record("\($0)")
        }
        #expect(outcome.size == 12_001)
        #expect(outcome.records == 12_001)
        #expect(try outcome.root == log.treeHead().root)
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
        #expect(findings.first == .init(position: 16, what: "the records from 16 to 31 do not match the tree's node 1 at height 4"))
        #expect(findings.last == .init(position: nil, what: "the root of the tree does not match the records"))
    }

    @Test func aForgedRecordBelowNoStoredNodeIsFoundByTheRoot() throws {
        try appendSoundLog()
        var event = try #require(try log.reader.event(at: 59))
        event.correlationID = "forged"
        let record = try EventCodec.encode(event)
        try log.overwrite(59, StoredRecord.value(record: record, leaf: MerkleHash.leaf(record.span)))
        #expect(try text() == ["the records from 48 to 62 do not match the root of the tree"])
        #expect(try positions() == [48])
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
        #expect(try positions() == [32])
    }

    /// Places that no record has reached are zero, and rows that none has reached are missing.
    @Test func anythingMoreInTheTreeIsFound() throws {
        try appendSoundLog()
        let tree = log.reader.tables.tree
        let key = MerkleStore.key(height: 4, row: 0)
        let row = try log.read { try $0.get(key.span, in: tree)?.copy() ?? [] }
        for place in 3..<16 {
            var changed = row
            changed[32 * place + 7] ^= 4
            try log.change { try $0.put(key, changed, in: tree) }
            #expect(try text() == ["the tree has a node at height 4 for records that are not there"])
        }
        try log.change {
            try $0.put(key, row, in: tree)
            try $0.put(MerkleStore.key(height: 8, row: 0), row, in: tree)
        }
        #expect(try text() == ["the tree has rows for records that are not there"])
    }

    @Test func checkpointsThatTheLogExtendsAreSound() throws {
        var checkpoints = [try checkpoint()]
        for _ in 0..<5 {
            let (key, position) = (UInt64(checkpoints.count), try log.treeHead().size)
            try log.append([.created(key)] + Event.uses(3, of: key, decidedAt: position))
            checkpoints.append(try checkpoint())
        }
        #expect(try scan(checkpoints: checkpoints).findings.isEmpty)
    }

    /// The whole log made anew, tree and all, by somebody who has the files: only what was signed before shows it.
    @Test func aLogMadeAnewIsFoundByACheckpoint() throws {
        try appendSoundLog()
        let signed = try checkpoint()
        try log.append(Event.uses(5, of: 2))
        let other = try TemporaryFolder()
        let forged = try OpenLog(other)
        try forged.append([.created(1), .created(2), .created(3)])
        for position in 3..<60 as Range<UInt64> { try forged.append([.used(position % 2 + 1, decidedAt: position - 1)]) }
        try forged.append(Event.uses(9, of: 3, decidedAt: 2))
        let findings = Mutex<[Finding]>([])
        _ = try LogVerifier(forged.reader, checkpoints: [signed]).run { _ in
        } finding: { finding in
            findings.withLock { $0.append(finding) }
        }
        #expect(findings.withLock { $0.map(\.position) } == [0])
        #expect(findings.withLock { $0.first?.what.contains("checkpoint of 63 records") } == true)
    }

    @Test func aLogThatEndsBeforeACheckpointIsFound() throws {
        try appendSoundLog()
        let root = try log.treeHead().root
        let findings = try scan(checkpoints: [Checkpoint(origin: "test", size: 64, root: root)]).findings
        #expect(findings.map(\.position) == [63])
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

    /// Whatever `meta` says, the log is read from its beginning, and what is missing there is missed.
    @Test(arguments: [0, 10, 63, UInt64.max])
    func itBeginsAtTheBeginning(_ first: UInt64) throws {
        try appendSoundLog()
        for position in 0..<10 as Range<UInt64> { try log.overwrite(position, nil) }
        try log.change { try LogMeta.firstPosition.set(first.bigEndianBytes, log.reader.tables, &$0) }
        let result = try scan()
        #expect(result.next == 63)
        #expect(result.findings.contains { $0.position == 0 && $0.what.contains("missing") })
        #expect(result.findings.contains { $0.what.contains("first-position") } == (first != 0))
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

    /// A revocation is immediate: a use decided before the end may be recorded after it, but none is decided at or after it.
    @Test func aUseDecidedAfterTheEndOfItsKeyIsFound() throws {
        try log.append([.created(1), .used(1), .revoked(1), .used(1, decidedAt: 1), .used(1, decidedAt: 2), .used(1, decidedAt: 3)])
        #expect(try positions() == [4, 5])
    }

    @Test func aUseDecidedInTheFutureIsFound() throws {
        try log.append([.created(1), .used(1, decidedAt: 1)])
        #expect(try positions() == [1])
    }

    /// An expiry is exact and final.
    @Test func eventsAfterTheEndOfAKeyAreFound() throws {
        try log.append([
            .created(1), .revoked(1), Event(1, .enabled), Event(1, .expired), .created(2, expiresAt: Timestamp(seconds: 1_800_000_000)),
            Event(2, .expired), Event(2, .expired), .revoked(2),
        ])
        #expect(try positions() == [2, 3, 6, 7])
    }

    @Test func refusalsAfterTheEndAreSound() throws {
        let use = Event.Use(secretID: 1, decidedAtPosition: 1, decidedAt: Timestamp(seconds: 1))
        try log.append([.created(1), .revoked(1), Event(1, .refused(use, .revoked))])
        #expect(try positions() == [])
    }
}

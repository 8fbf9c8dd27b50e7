import Bytes
import KeyEvents
import LogTestSupport
import Storage
import TestSupport
import Testing

@testable import EventLog

@Suite(.holdsLedgers) struct LogReaderTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private static let mismatch = "the record does not match its checksum"

    @Test func anEmptyLog() throws {
        let log = try OpenLog(folder)
        #expect(try log.reader.head() == LogHead(next: 0, time: nil, leaf: nil))
        #expect(try log.reader.head().last == nil)
        #expect(try log.read { try log.reader.next($0) } == 0)
        #expect(try log.reader.event(at: 0) == nil)
        #expect(try log.read { try log.reader.leaf(at: 0, $0) } == nil)
        #expect(try log.records().isEmpty)
        #expect(try log.reader.position(notBefore: Timestamp(microseconds: .min)) == 0)
        let treeHead = try log.treeHead()
        #expect(treeHead.size == 0)
        #expect(treeHead.root == MerkleHash.empty)
    }

    @Test func theHeadIsTheLastRecord() throws {
        let log = try OpenLog(folder)
        try log.append([.created(1), .used(1)])
        let record = try #require(try log.records().last)
        let head = try log.reader.head()
        #expect(head == LogHead(next: 2, time: RecordTime(recordedAt: OpenLog.fixedTime()), leaf: MerkleHash.leaf(record.span)))
        #expect(head.last == 1)
    }

    @Test func eventsAreReadByPosition() throws {
        let log = try OpenLog(folder)
        try withSeed { random in
            let events = random.events(50)
            try log.append(events)
            for (position, event) in events.enumerated() {
                var expected = event
                expected.recordedAt = OpenLog.fixedTime()
                #expect(try log.reader.event(at: UInt64(position)) == expected)
            }
            #expect(try log.reader.event(at: 50) == nil)
        }
    }

    @Test(arguments: [(0, 4), (0, 1), (3, 4), (7, 100), (10, 5), (11, 5), (1_000, 5)] as [(UInt64, Int)])
    func aScanHandsOutAPage(_ start: UInt64, _ limit: Int) throws {
        let log = try OpenLog(folder)
        try log.append(Event.uses(10))
        var seen: [UInt64] = []
        let next = try log.reader.scan(from: start, limit: limit) { position, _ in
            seen.append(position)
            return true
        }
        let end = max(start, min(start + UInt64(limit), 10))
        #expect(seen == Array(start..<end))
        #expect(next == end)
    }

    @Test func aScanStopsWhenToldTo() throws {
        let log = try OpenLog(folder)
        try log.append(Event.uses(10))
        var seen: [UInt64] = []
        let next = try log.reader.scan(from: 2) { position, _ in
            seen.append(position)
            return position < 5
        }
        #expect(seen == [2, 3, 4, 5])
        #expect(next == 6)
    }

    @Test func aScanWithoutALimitGivesNothing() throws {
        let log = try OpenLog(folder)
        try log.append(Event.uses(3))
        #expect(try log.reader.scan(from: 1, limit: 0) { _, _ in true } == 1)
    }

    @Test func aFlippedBitIsFoundWhereverARecordIsRead() throws {
        try withSeed { random in
            let log = try OpenLog(folder)
            try log.append(random.events(30))
            for _ in 0..<30 {
                let position = UInt64(random.number(below: 30))
                let whole = try #require(try log.stored(position))
                try log.flip(bit: random.number(below: whole.count * 8), at: position)
                let error = LogError.damaged(position: position, what: Self.mismatch)
                #expect(throws: error) { try log.reader.event(at: position) }
                #expect(throws: error) { try log.records() }
                #expect(throws: error) { try log.read { try log.reader.leaf(at: position, $0) } }
                if position == 29 { #expect(throws: error) { try log.reader.head() } }
                // The others can be read.
                #expect(try log.reader.scan(from: position + 1) { _, _ in true } == 30)
                try log.overwrite(position, whole)
            }
            #expect(try log.records().count == 30)
        }
    }

    @Test(arguments: [[255], [255, 255, 255, 255, 255, 255, 255], [UInt8](repeating: 255, count: 8), [UInt8](repeating: 255, count: 9)])
    func aDamagedPositionIsDamageAndNoTrap(_ key: [UInt8]) throws {
        let log = try OpenLog(folder)
        try log.append(Event.uses(3))
        let stored = try #require(try log.stored(2))
        try log.change { try $0.put(key, stored, in: log.reader.tables.records) }
        let error = LogError.damaged(position: nil, what: "the position of a record is damaged")
        #expect(throws: error) { try log.reader.head() }
        #expect(throws: error) { try log.read { try log.reader.next($0) } }
        #expect(throws: error) { try log.records() }
        #expect(try log.reader.event(at: 2) != nil)
    }

    /// This version archives no prefix: a log that says that it begins later is not believed, or every key made before would be gone.
    @Test func aLaterFirstPositionIsDamage() throws {
        let log = try OpenLog(folder)
        try log.append(Event.uses(5))
        try log.change { try LogMeta.firstPosition.set(UInt64(3).bigEndianBytes, log.reader.tables, &$0) }
        #expect(throws: LogError.self) { try log.read { try log.reader.firstPosition($0) } }
        #expect(throws: LogError.self) { try log.reader.position(notBefore: OpenLog.fixedTime()) }
    }

    @Test func aMissingRecordIsNamed() throws {
        let log = try OpenLog(folder)
        try log.append(Event.uses(10))
        try log.overwrite(4, nil)
        #expect(throws: LogError.missing(position: 4)) { try log.records() }
        #expect(try log.reader.scan(from: 5) { _, _ in true } == 10)
        #expect(try log.reader.event(at: 4) == nil)
    }

    @Test func aRecordThatIsNoEventIsNamed() throws {
        let log = try OpenLog(folder)
        try log.append(Event.uses(3))
        let record: [UInt8] = [0xFF, 0xFF]
        try log.overwrite(2, StoredRecord.value(record: record, leaf: MerkleHash.leaf(record.span)))
        let error = LogError.damaged(position: 2, what: "the record cannot be decoded")
        #expect(throws: error) { try log.reader.event(at: 2) }
        #expect(throws: error) { try log.reader.head() }
    }

    @Test func aDamagedTreeHeadIsDamage() throws {
        let log = try OpenLog(folder)
        try log.append(Event.uses(3))
        try log.change { try LogMeta.treeHead.set([1, 2, 3], log.reader.tables, &$0) }
        #expect(throws: LogError.damaged(position: nil, what: "the stored tree head has 3 bytes instead of 40")) { try log.treeHead() }
    }

    @Test func theLogIDIsWhatMakesALedger() throws {
        let log = try OpenLog(folder)
        #expect(throws: LogError.notALedger(path: folder.path)) { try log.reader.logID() }
        try log.change { try LogMeta.logID.set(Array(1...16), log.reader.tables, &$0) }
        #expect(try log.reader.logID() == Bytes16(Array(1...16)))
    }

    /// Against a walk through all records, with a clock that leaps, stands still and goes back.
    @Test func theFirstRecordNotBeforeATime() throws {
        try withSeed { random in
            let clock = TestClock()
            let log = try OpenLog(folder, now: clock.function)
            var times: [Timestamp] = []
            for _ in 0..<120 {
                clock.now = Timestamp(microseconds: clock.now.microseconds + Int64(random.number(below: 2_000)) - 700)
                for position in try log.append(Event.uses(random.number(below: 4))) {
                    times.append(try #require(try log.reader.event(at: position)).recordedAt)
                }
            }
            #expect(times == times.sorted())
            let (first, last) = (try #require(times.first), try #require(times.last))
            let asked =
                times + [first, last, Timestamp(microseconds: .min), Timestamp(microseconds: .max)]
                + (0..<300).map { _ in
                    Timestamp(microseconds: Int64.random(in: first.microseconds - 50...last.microseconds + 50, using: &random))
                }
            for time in asked {
                let expected = times.firstIndex { $0 >= time } ?? times.count
                #expect(try log.reader.position(notBefore: time) == UInt64(expected))
            }
        }
    }

    @Test func aDamagedRecordDoesNotMisleadTheSearch() throws {
        let log = try OpenLog(folder)
        try log.append(Event.uses(3))
        try log.flip(bit: 8 * 30, at: 1)
        #expect(throws: LogError.damaged(position: 1, what: Self.mismatch)) { try log.reader.position(notBefore: OpenLog.fixedTime()) }
    }
}

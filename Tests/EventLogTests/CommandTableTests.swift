import Bytes
import KeyEvents
import LogTestSupport
import Storage
import TestSupport
import Testing

@testable import EventLog

@Suite(.holdsLedgers) struct CommandTableTests {
    private let folder: TemporaryFolder
    private let log: OpenLog
    private let commands: CommandTable
    private let start = Timestamp(seconds: 1_800_000_000)

    init() throws {
        folder = try TemporaryFolder()
        log = try OpenLog(folder)
        commands = CommandTable(log.reader.tables)
    }

    private func store(_ key: UInt64, _ position: UInt64, at now: Timestamp, answer: [UInt8] = []) throws {
        let entry = CommandTable.Entry(content: .sample(position), position: position, answer: answer, at: now)
        try log.change { try commands.store(.sample(key), entry, &$0) }
    }

    private func entry(_ key: UInt64, at now: Timestamp) throws -> CommandTable.Entry? {
        try log.read { try commands.entry(.sample(key), at: now, $0) }
    }

    private func counts() throws -> [Int] {
        try log.read { [try $0.count(of: log.reader.tables.commands), try $0.count(of: log.reader.tables.commandTimes)] }
    }

    @Test func theSameIDFindsItsAnswer() throws {
        try store(1, 70, at: start, answer: [1, 2, 3])
        try store(2, 71, at: start)
        #expect(try entry(1, at: start) == CommandTable.Entry(content: .sample(70), position: 70, answer: [1, 2, 3], at: start))
        #expect(try entry(2, at: start) == CommandTable.Entry(content: .sample(71), position: 71, answer: [], at: start))
        #expect(try entry(3, at: start) == nil)
    }

    /// The caller compares contents: the table hands out what the id was first used for.
    @Test func otherContentIsSeen() throws {
        try store(1, 70, at: start)
        #expect(try entry(1, at: start)?.content == .sample(70))
        #expect(try entry(1, at: start)?.content != .sample(71))
    }

    @Test func anIDIsKeptForTheRetention() throws {
        try store(1, 70, at: start)
        #expect(try entry(1, at: start + CommandTable.retention - .seconds(1)) != nil)
        #expect(try entry(1, at: start + CommandTable.retention) == nil)
        // A clock that goes back forgets nothing.
        #expect(try entry(1, at: start.adding(seconds: -1_000_000)) != nil)
    }

    @Test func oldIDsAreForgottenAFewAtATime() throws {
        for key in 0..<10 as Range<UInt64> { try store(key, key, at: start.adding(seconds: Int64(key))) }
        #expect(try counts() == [10, 10])
        let later = start + CommandTable.retention + .seconds(100)
        try store(100, 0, at: later)
        #expect(try counts() == [7, 7])
        try store(101, 0, at: later)
        try store(102, 0, at: later)
        #expect(try counts() == [3, 3])
        #expect(try entry(102, at: later) != nil)
    }

    @Test func youngIDsAreNotForgotten() throws {
        for key in 0..<10 as Range<UInt64> { try store(key, key, at: start) }
        try store(100, 0, at: start + CommandTable.retention)
        #expect(try counts() == [11, 11])
    }

    /// An id that expired and was used again before it was forgotten has two times; forgetting the first leaves the second.
    @Test func anIDUsedAgainIsKept() throws {
        let later = start + CommandTable.retention
        try store(1, 70, at: start)
        try store(1, 71, at: later)
        #expect(try counts() == [1, 2])
        try store(2, 72, at: later.adding(seconds: 10))
        #expect(try counts() == [2, 2])
        #expect(try entry(1, at: later.adding(seconds: 10))?.position == 71)
    }

    /// Random ids and times against a dictionary.
    @Test func remembersWhatADictionaryWould() throws {
        try withSeed { random in
            var model: [UInt64: (position: UInt64, at: Timestamp)] = [:]
            var now = start
            for position in 0..<400 as Range<UInt64> {
                now = now.adding(seconds: Int64(random.number(below: 20_000)))
                let key = UInt64(random.number(below: 60))
                let known = model[key].flatMap { $0.at + CommandTable.retention > now ? $0.position : nil }
                #expect(try entry(key, at: now)?.position == known)
                if known == nil {
                    try store(key, position, at: now)
                    model[key] = (position, now)
                }
            }
            #expect(try counts()[0] <= 60)
        }
    }

    /// Taken for forgotten, the command would be carried out a second time; taken as it is, it would be answered with another key.
    @Test func anEntryThatIsNotWhatWasWrittenIsNoEntry() throws {
        try store(1, 7, at: start)
        let key = Digest32.sample(1).bytes
        let table = log.reader.tables.commands
        let row = try #require(try log.read { try $0.get(key.span, in: table)?.copy() })
        for bit in 0..<row.count * 8 {
            var flipped = row
            flipped[bit / 8] ^= 1 << UInt8(bit % 8)
            try log.change { try $0.put(key, flipped, in: table) }
            #expect(throws: LogError.self, "bit \(bit)") { try entry(1, at: start) }
        }
        try log.change { try $0.put(key, Array(repeating: 0, count: 47), in: table) }
        #expect(throws: LogError.self) { try entry(1, at: start) }
    }

    /// The rows of a ledger of format 1 get checks, and get them again after an interruption.
    @Test func rowsWithoutChecksGetThem() throws {
        for number in 1...5 as ClosedRange<UInt64> { try store(number, number, at: start) }
        let table = log.reader.tables.commands
        for number in 2...4 as ClosedRange<UInt64> {
            let key = Digest32.sample(number).bytes
            let row = try #require(try log.read { try $0.get(key.span, in: table)?.copy() })
            try log.change { try $0.put(key, Array(row.dropLast(RowCheck.bytes)), in: table) }
        }
        for _ in 0..<2 {
            try CommandTable.addChecks(log.reader.tables, in: log.reader.environment)
            for number in 1...5 as ClosedRange<UInt64> { #expect(try entry(number, at: start)?.position == number) }
        }
    }
}

import Bytes
import Dispatch
import EventLog
import Foundation
import KeyEvents
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Projections

@Suite(.holdsLedgers) struct StateRebuildTests {
    @Test func givesWhatWasThereEntryForEntry() throws {
        var random = SplitMix64(seed: printedSeed())
        let log = try TestLog()
        var history = RandomHistory()
        for events in [0, 1, 700, 3000] {
            try log.append(history.events(events, &random))
            let before = try log.stateDump()
            for _ in 0..<3 {
                let number = try log.environment.read { try log.tables.currentNumber($0) }
                var reached: [UInt64] = []
                let end = try StateRebuild(log.reader, log.tables).run { reached.append($0) }
                #expect(end == UInt64(try log.events().count))
                #expect(reached == reached.sorted() && reached.last == end)
                #expect(try log.environment.read { try log.tables.currentNumber($0) } == 1 - number)
                #expect(try log.stateDump() == before)
                #expect(try log.otherStateDump().values.allSatisfy(\.isEmpty))
            }
        }
    }

    @Test func whatAnInterruptedRebuildLeftDoesNotDisturb() throws {
        var random = SplitMix64(seed: printedSeed())
        var history = RandomHistory()
        let log = try TestLog(history.events(800, &random))
        let before = try log.stateDump()
        // Half a rebuild, and something that never was.
        try log.environment.write { transaction in
            let other = log.tables.sets[1 - (try log.tables.currentNumber(transaction))]
            for (_, table) in other.all { try transaction.put([UInt8](repeating: 0xAB, count: 20), [1, 2, 3], in: table) }
        }
        #expect(try log.stateDump() == before)
        _ = try StateRebuild(log.reader, log.tables).run { _ in }
        #expect(try log.stateDump() == before)
    }

    @Test func mendsWhatWasDamaged() throws {
        var random = SplitMix64(seed: printedSeed())
        var history = RandomHistory()
        let log = try TestLog(history.events(800, &random))
        let before = try log.stateDump()
        try log.environment.write { transaction in
            let tables = try log.tables.current(transaction)
            for (_, table) in tables.all { try transaction.clear(table) }
            try transaction.put([1], [2], in: tables.index)
        }
        _ = try StateRebuild(log.reader, log.tables).run { _ in }
        #expect(try log.stateDump() == before)
    }

    /// The old tables cannot even be emptied: what was rebuilt is in force nevertheless, and the next rebuild says what is wrong.
    @Test func damagedPagesOfTheOldTablesDoNotUndoTheRebuild() throws {
        let log = try TestLog()
        let key = KeyID(Bytes16(high: 1, low: 1))
        try log.append([.creation(of: key, secret: 7)])
        let before = try log.stateDump()
        guard let entry = before["index"]?.first else { preconditionFailure("the key has an entry") }
        #expect(try log.damagePages(holding: entry.key + entry.value.prefix(8)) == 1)
        #expect(throws: StorageError.self) { try log.stateDump() }
        #expect(try StateRebuild(log.reader, log.tables).run { _ in } == 1)
        #expect(try log.stateDump() == before)
        let error = #expect(throws: LogError.self) { try StateRebuild(log.reader, log.tables).run { _ in } }
        #expect(error?.description.contains("cannot be emptied") == true)
        #expect(try log.stateDump() == before)
        // The ledger goes on.
        try log.append([.about(key, .revoked(reasonCode: "x"))])
        #expect(try log.stateDump() == StateStoreTests.naiveTables(try log.events()))
    }

    /// Appends go on: what a rebuild ends with is the fold of the log, whatever came while it ran.
    @Test func whileAppendsGoOn() throws {
        var random = SplitMix64(seed: printedSeed())
        let log = try TestLog()
        let history = Mutex((RandomHistory(), random))
        try log.append(history.withLock { $0.0.events(4000, &$0.1) })
        let appends = Repetition(
            pause: .milliseconds(10),
            [
                { try log.append(history.withLock { $0.0.events(Int.random(in: 1...300, using: &$0.1), &$0.1) }) }
            ])
        for _ in 0..<10 {
            let end = try StateRebuild(log.reader, log.tables).run { _ in }
            #expect(end > 0)
        }
        let rounds = appends.end()
        #expect(rounds > 0)
        #expect(try log.stateDump() == StateStoreTests.naiveTables(try log.events()))
        _ = random.next()
    }

    /// Twenty switches while others ask: the set a reader looks into is in force in its own view, also when that is the same set
    /// again after two switches.
    @Test func validationNeverMissesALiveKeyNorAcceptsARevokedOne() throws {
        var random = SplitMix64(seed: printedSeed())
        var history = RandomHistory()
        let log = try TestLog(history.events(1500, &random))
        let live = KeyID(Bytes16(high: 7, low: 1))
        let revoked = KeyID(Bytes16(high: 7, low: 2))
        try log.append([.creation(of: live, secret: 201), .creation(of: revoked, secret: 202), .about(revoked, .revoked(reasonCode: "x"))])
        let positions = Mutex<[UInt64]>([])
        let question: @Sendable () throws -> Void = {
            try log.environment.read { transaction in
                let view = try StateView(log.tables, transaction)
                let answers = try ([201, 202] as [UInt8]).map { seed -> (isThere: Bool, isRevoked: Bool) in
                    guard let bytes = try view.store.entry(Event.secret(seed).digest, transaction), let entry = ValidationEntry(bytes)
                    else {
                        return (false, false)
                    }
                    return (true, entry.isRevoked)
                }
                if !answers[0].isThere || answers[0].isRevoked { Issue.record("the live key was \(answers[0])") }
                if !answers[1].isThere || !answers[1].isRevoked { Issue.record("the revoked key was \(answers[1])") }
                guard let position = view.position else {
                    Issue.record("no position")
                    return
                }
                positions.withLock { if $0.last != position { $0.append(position) } }
            }
        }
        // A reader that looks all the time, and one that sleeps through two switches.
        let asking = Repetition([
            question,
            {
                try question()
                try question()
            },
            {
                try question()
                Self.rest()
            },
        ])
        for round in 0..<20 {
            _ = try StateRebuild(log.reader, log.tables).run { _ in }
            try log.append([.use(of: live), .creation(of: KeyID(Bytes16(high: 8, low: UInt64(round))), secret: UInt8(round))])
        }
        let rounds = asking.end()
        #expect(rounds > 20)
        #expect(positions.withLock { $0.count } > 1)
    }

    /// A reader whose view began before the switch goes on in it.
    @Test func anOldViewStaysWhole() throws {
        let log = try TestLog()
        let key = KeyID(Bytes16(high: 1, low: 1))
        try log.append([.creation(of: key)])
        try log.environment.read { transaction in
            let view = try StateView(log.tables, transaction)
            Self.onAnotherThread {
                for _ in 0..<2 { _ = try StateRebuild(log.reader, log.tables).run { _ in } }
                try log.append([.about(key, .disabled)])
            }
            let isDisabled = try view.store.key(key, transaction)?.isDisabled
            #expect(isDisabled == false && view.position == 0)
        }
        let isDisabled = try log.environment.read { transaction in
            try StateView(log.tables, transaction).store.key(key, transaction)?.isDisabled
        }
        #expect(isDisabled == true)
    }

    private static func rest() { Thread.sleep(forTimeInterval: 0.03) }

    private static func onAnotherThread(_ work: @escaping @Sendable () throws -> Void) {
        let done = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            do { try work() } catch { Issue.record(error) }
            done.signal()
        }
        done.wait()
    }
}

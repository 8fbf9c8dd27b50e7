import Bytes
import Foundation
import KeyEvents
import LogTestSupport
import Storage
import Synchronization
import TestSupport
import Testing

@testable import EventLog

@Suite(.holdsLedgers) struct EmbeddedSequencerTests {
    private struct Refusal: Error {}

    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Positions, times, contents and tree of a log, against what was appended.
    private static func check(_ log: OpenLog, count: UInt64) throws {
        #expect(try log.reader.head().next == count)
        let records = try log.records()
        #expect(records.count == Int(count))
        let treeHead = try log.treeHead()
        #expect(treeHead.size == count)
        #expect(treeHead.root.bytes == NaiveMerkle.root(ofRecords: records))
        let times = try records.map { try EventCodec.decode($0).recordedAt }
        #expect(times == times.sorted())
    }

    // MARK: Gapless positions, times that never decrease

    @Test func positionsAreGaplessFromZero() throws {
        try withSeed { random in
            var count: UInt64 = 0
            for _ in 0..<4 {
                let log = try OpenLog(folder)
                for _ in 0..<20 {
                    let events = random.events(random.number(below: 30))
                    #expect(try log.append(events) == Array(count..<count + UInt64(events.count)))
                    count += UInt64(events.count)
                }
                try Self.check(log, count: count)
            }
        }
    }

    @Test func timesNeverDecreaseWhenTheClockGoesBack() throws {
        let clock = TestClock()
        let noon = clock.now
        var log: OpenLog? = try OpenLog(folder, now: clock.function)
        try log?.append([.used(1)])
        clock.now = noon.adding(seconds: -3_600)
        try log?.append([.used(1)])
        // In a new process too, whose memory of the last time is what is stored.
        log = nil
        log = try OpenLog(folder, now: clock.function)
        try log?.append([.used(1)])
        clock.now = noon.adding(seconds: 1)
        try log?.append([.used(1)])
        let times = try (0..<4).map { try log?.reader.event(at: $0)?.recordedAt }
        #expect(times == [noon, noon, noon, noon.adding(seconds: 1)])
    }

    // MARK: What is acknowledged stays as it was

    /// Appends, refusals and reopenings in any order; after each step everything acknowledged before is there, unchanged.
    @Test func whatWasAcknowledgedNeverChanges() throws {
        try withSeed { random in
            var acknowledged: [Event] = []
            for _ in 0..<5 {
                let log = try OpenLog(folder, options: .init(mapSize: 128 << 10, maxMapSize: 1 << 30))
                for _ in 0..<12 {
                    let events = random.events(random.number(below: 60))
                    let isRefused = random.number(below: 3) == 0
                    do {
                        try log.sequencer.transact { transaction, appender in
                            for event in events { _ = try appender.append(event, &transaction) }
                            if isRefused { throw Refusal() }
                        }
                        acknowledged += events
                    } catch is Refusal {}
                    let stored = try log.records().map { record in
                        var event = try EventCodec.decode(record)
                        event.recordedAt = Timestamp(microseconds: 0)
                        return event
                    }
                    try #require(stored == acknowledged)
                }
                try Self.check(log, count: UInt64(acknowledged.count))
            }
        }
    }

    @Test func aTurnThatThrowsLeavesNothing() throws {
        let log = try OpenLog(folder)
        try log.append([.created(1)])
        let before = (try log.reader.head(), try log.treeHead().root, try log.read { try $0.count(of: log.reader.tables.tree) })
        #expect(throws: Refusal.self) {
            try log.sequencer.transact { transaction, appender in
                for _ in 0..<40 { _ = try appender.append(.created(2), &transaction) }
                try LogMeta.keyPrefix.set([1], log.reader.tables, &transaction)
                throw Refusal()
            }
        }
        let after = (try log.reader.head(), try log.treeHead().root, try log.read { try $0.count(of: log.reader.tables.tree) })
        #expect(before == after)
        #expect(try log.read { try LogMeta.keyPrefix.bytes(log.reader.tables, $0) } == nil)
        try log.append([.used(1)])
        try Self.check(log, count: 2)
    }

    @Test func aTurnThatAppendsNothingKeepsWhatItDerived() throws {
        let log = try OpenLog(folder)
        try log.append([.created(1)])
        let head = try log.reader.head()
        try log.sequencer.transact { transaction, _ in try LogMeta.keyPrefix.set([1], log.reader.tables, &transaction) }
        #expect(try log.reader.head() == head)
        #expect(try log.read { try LogMeta.keyPrefix.bytes(log.reader.tables, $0) } == [1])
    }

    /// The body runs anew each time the map grows; the last run counts.
    @Test func aTurnLargerThanTheMapHappensOnce() throws {
        let log = try OpenLog(folder, options: .init(mapSize: 128 << 10, maxMapSize: 1 << 30))
        try log.append([.created(1)])
        let runs = Atomic<Int>(0)
        let positions = try log.sequencer.transact { transaction, appender in
            runs.add(1, ordering: .relaxed)
            return try (0..<1_000).map { _ in try appender.append(Event(1, .disabled, sealedBytes: 1_000), &transaction) }
        }
        #expect(runs.load(ordering: .relaxed) > 2)
        #expect(positions == Array(1...1_000))
        try Self.check(log, count: 1_001)
    }

    @Test func theRootCoversTheRecordsInTheTurnItself() throws {
        let log = try OpenLog(folder)
        try log.append(Event.uses(100))
        let roots = try log.sequencer.transact { transaction, appender in
            _ = try appender.append(.created(1), &transaction)
            let appended = appender.root
            return [appended, try log.reader.treeHead(transaction).root]
        }
        // Stored when the batch ends, not before.
        #expect(try log.treeHead().root == roots[0])
        #expect(roots[0] != roots[1])
    }

    // MARK: Failed commits

    /// In a process of its own: the file size limit makes commits fail.
    @Test func aFailedCommitAppendsNothing() async {
        await #expect(processExitsWith: .success) { [path = folder.path as String] in
            let log = try OpenLog(path: path)
            try log.append(Event.uses(20))
            Child.limitFileSize(256 << 10)
            for _ in 0..<3 {
                #expect(throws: StorageError.noSpace) {
                    try log.append(Array(repeating: Event(1, .disabled, sealedBytes: 10_000), count: 100))
                }
                #expect(try log.reader.head().next == 20)
            }
            Child.limitFileSize(.max)
            #expect(try log.append(Event.uses(30)) == Array(20..<50))
            try EmbeddedSequencerTests.check(log, count: 50)
        }
    }

    /// The head is the same before and after: that is no sign that the commit succeeded.
    @Test func aFailedCommitOfATurnThatAppendsNothingIsAnError() async {
        await #expect(processExitsWith: .success) { [path = folder.path as String] in
            let log = try OpenLog(path: path)
            try log.append(Event.uses(20))
            Child.limitFileSize(256 << 10)
            #expect(throws: StorageError.noSpace) {
                try log.sequencer.transact { transaction, _ in
                    try LogMeta.keyPrefix.set(Array(repeating: 1, count: 1 << 20), log.reader.tables, &transaction)
                }
            }
            #expect(try log.read { try LogMeta.keyPrefix.bytes(log.reader.tables, $0) } == nil)
        }
    }

    @Test func aCommitHasLandedWhenItsLastRecordIsThere() throws {
        let log = try OpenLog(folder)
        #expect(log.sequencer.holds(.empty) == false)
        try log.append([.created(1), .used(1)])
        let head = try log.reader.head()
        #expect(log.sequencer.holds(head) == true)
        // Others have appended since.
        try log.append(Event.uses(3))
        #expect(log.sequencer.holds(head) == true)
        #expect(log.sequencer.holds(LogHead(next: head.next, time: head.time, leaf: .sample(1))) == false)
        #expect(log.sequencer.holds(LogHead(next: 50, time: head.time, leaf: head.leaf)) == false)
        // What cannot be read is no answer.
        try log.flip(bit: 9, at: 1)
        #expect(log.sequencer.holds(head) == nil)
    }

    // MARK: Several appenders

    /// Two appenders, each with a memory of its own of where the log ends.
    @Test func twoAppendersTakeTurns() throws {
        try withSeed { random in
            let log = try OpenLog(folder)
            let appenders = [log.sequencer, EmbeddedSequencer(log.environment, now: OpenLog.fixedTime)]
            var count: UInt64 = 0
            for _ in 0..<80 {
                let events = random.events(random.number(below: 40))
                let positions = try appenders[random.number(below: 2)].append(events)
                #expect(positions == Array(count..<count + UInt64(events.count)))
                count += UInt64(events.count)
            }
            try Self.check(log, count: count)
            #expect(try log.frontier().root == log.treeHead().root)
        }
    }

    @Test func theLaterOfTwoClocksCounts() throws {
        let (early, late) = (TestClock(), TestClock())
        late.now = early.now.adding(seconds: 60)
        let log = try OpenLog(folder, now: early.function)
        let other = EmbeddedSequencer(log.environment, now: late.function)
        try log.append([.used(1)])
        try other.append([.used(1)])
        try log.append([.used(1)])
        let times = try (0..<3).map { try log.reader.event(at: $0)?.recordedAt }
        #expect(times == [early.now, late.now, late.now])
    }

    @Test func manyThreadsAppend() throws {
        let log = try OpenLog(folder)
        let positions = Mutex<[UInt64]>([])
        DispatchQueue.concurrentPerform(iterations: 40) { index in
            do {
                let own = try log.sequencer.append(Event.uses(index % 7 + 1, of: UInt64(index)))
                #expect(own == Array(own[0]..<own[0] + UInt64(own.count)))
                positions.withLock { $0 += own }
            } catch { Issue.record(error) }
        }
        let all = positions.withLock { $0.sorted() }
        #expect(all == Array(0..<UInt64(all.count)))
        try Self.check(log, count: UInt64(all.count))
    }

    @Test func twoProcessesAppend() async throws {
        let log = try OpenLog(folder)
        let beside = Beside { [folder] in
            Child.wait(for: folder.path + "/started")
            for count in 0..<150 { try log.append(Event.uses(count % 11 + 1, of: 1)) }
        }
        await #expect(processExitsWith: .success) { [path = folder.path as String] in
            let log = try OpenLog(path: path)
            Child.mark(path + "/started")
            for count in 0..<150 { try log.append(Event.uses(count % 9 + 1, of: 2)) }
        }
        try beside.join()
        let own = (0..<150).reduce(0) { $0 + $1 % 11 + 1 }
        let other = (0..<150).reduce(0) { $0 + $1 % 9 + 1 }
        try Self.check(log, count: UInt64(own + other))
        let keys = try log.records().map { try EventCodec.decode($0).keyID.raw.low }
        #expect(keys.count { $0 == 1 } == own)
        #expect(keys.count { $0 == 2 } == other)
    }

    /// Killed in a batch, again and again: what it had acknowledged is there, and nothing else; the other goes on.
    @Test func aProcessKilledInItsTurnLosesOnlyThatTurn() async throws {
        let log = try OpenLog(folder)
        for round in 0..<3 as Range<UInt64> {
            await #expect(processExitsWith: .signal(SIGKILL)) { [path = folder.path as String] in
                let log = try OpenLog(path: path)
                try log.append(Event.uses(20))
                try log.sequencer.transact { transaction, appender in
                    for _ in 0..<100 { _ = try appender.append(.used(9), &transaction) }
                    Child.die()
                }
            }
            #expect(try log.append([.used(1)]) == [round * 21 + 20])
        }
        try Self.check(log, count: 63)
    }

    // MARK: Waiting

    /// Writes into the file of locks which transaction readers are to see.
    private func announce(_ transaction: UInt64) throws {
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: folder.path + "/lock.mdb"))
        defer { try? file.close() }
        try file.seek(toOffset: 48)
        try file.write(contentsOf: (0..<8).map { UInt8(truncatingIfNeeded: transaction >> (8 * $0)) })
    }

    /// A commit is in the file a moment before readers are to see it. Whoever looks in that moment sees the log as it was, and is told of
    /// the record all the same, without another commit.
    @Test func aCommitThatIsNotAnnouncedYetIsNoticed() async throws {
        let log = try OpenLog(folder)
        try log.append([.used(1)])
        let before = log.environment.lastTransactionID
        try log.append([.used(1)])
        let after = log.environment.lastTransactionID
        try announce(before)
        let found = Mutex<UInt64?>(nil)
        let waiting = Task { [sequencer = log.sequencer] in
            let next = try await sequencer.waitForMore(than: 1)
            found.withLock { $0 = next }
        }
        try await Task.sleep(for: .milliseconds(200))
        #expect(found.withLock { $0 } == nil && log.environment.lastTransactionID == after)
        try announce(after)
        await waitUntil { found.withLock { $0 != nil } }
        waiting.cancel()
        #expect(found.withLock { $0 } == 2)
    }

    @Test func waitingEndsAtOnceWhenThereIsMore() async throws {
        let log = try OpenLog(folder)
        try log.append(Event.uses(5))
        #expect(try await log.sequencer.waitForMore(than: 4) == 5)
        #expect(try await log.sequencer.waitForMore(than: 0) == 5)
    }

    @Test func anAppendEndsTheWait() async throws {
        let log = try OpenLog(folder)
        try log.append([.used(1)])
        async let next = log.sequencer.waitForMore(than: 1)
        try await Task.sleep(for: .milliseconds(20))
        // Not a record: the wait goes on.
        try log.change { try LogMeta.keyPrefix.set([1], log.reader.tables, &$0) }
        try await Task.sleep(for: .milliseconds(20))
        try log.append(Event.uses(2))
        #expect(try await next == 3)
    }

    @Test func anAppendOfAnotherProcessEndsTheWait() async throws {
        let log = try OpenLog(folder)
        async let next = log.sequencer.waitForMore(than: 0)
        await #expect(processExitsWith: .success) { [path = folder.path as String] in
            try OpenLog(path: path).append(Event.uses(7))
        }
        #expect(try await next == 7)
    }

    @Test func theWaitCanBeCancelled() async throws {
        let log = try OpenLog(folder)
        let sequencer = log.sequencer
        let waiting = Task { try await sequencer.waitForMore(than: 0) }
        try await Task.sleep(for: .milliseconds(10))
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
    }
}

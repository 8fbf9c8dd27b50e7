import Bytes
import KeyEvents
import LogTestSupport
import Storage
import TestSupport
import Testing

@testable import EventLog

@Suite(.holdsLedgers) struct BatchAppenderTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func lifecycleEnd(_ log: OpenLog) throws -> UInt64? {
        try log.read { try LogMeta.lifecycleEnd.number(log.reader.tables, $0) }
    }

    @Test func whatItSaysIsWhatIsStored() throws {
        let log = try OpenLog(folder)
        try log.append(Event.uses(5))
        let (positions, next, root) = try log.sequencer.transact { transaction, appender in
            let positions = [try appender.append(.used(1), &transaction), try appender.append(.used(2), &transaction)]
            return (positions, appender.nextPosition, appender.root)
        }
        #expect(positions == [5, 6])
        #expect(next == 7)
        let treeHead = try log.treeHead()
        #expect(treeHead.size == 7)
        #expect(treeHead.root == root)
    }

    @Test func theWholeTurnHasOneTime() throws {
        let clock = TestClock()
        let log = try OpenLog(folder, now: clock.function)
        let time = clock.now
        let stamped = try log.sequencer.transact { transaction, appender in
            clock.now = time.adding(seconds: 5)
            var event = Event.used(1)
            event.recordedAt = time.adding(seconds: 1_000)
            _ = try appender.append(event, &transaction)
            return appender.recordedAt
        }
        #expect(stamped == time)
        #expect(try log.reader.event(at: 0)?.recordedAt == time)
    }

    /// A clock that is set back: the stamp stays, things are decided by it, and the record says when it happened.
    @Test func timeDoesNotGoBack() throws {
        let clock = TestClock()
        let log = try OpenLog(folder, now: clock.function)
        let ahead = clock.now
        try log.append([.used(1)])
        clock.now = ahead.adding(seconds: -200)
        let (now, stamp) = try log.sequencer.transact { transaction, appender in
            _ = try appender.append(.used(1), &transaction)
            return (appender.now, appender.recordedAt)
        }
        #expect(now == ahead && stamp == ahead)
        #expect(try log.reader.event(at: 1)?.time == RecordTime(recordedAt: ahead, occurredAt: clock.now))
        #expect(try log.reader.head().time?.decidedAt == ahead)
    }

    /// After an operator has confirmed a clock that is behind the log, time goes on from there, and stamps stay where they are.
    @Test func aConfirmedClockIsFollowed() throws {
        let clock = TestClock()
        let log = try OpenLog(folder, now: clock.function)
        let ahead = clock.now
        try log.append([.used(1)])
        clock.now = ahead.adding(seconds: -3600)
        let confirmed = clock.now
        try log.sequencer.transact { transaction, appender in
            appender.follow(confirmed: confirmed)
            _ = try appender.append(.used(1), &transaction)
        }
        for seconds in [10, 5, 20] as [Int64] {
            clock.now = confirmed.adding(seconds: seconds)
            try log.append([.used(1)])
        }
        let events = try (1...4 as ClosedRange<UInt64>).compactMap { try log.reader.event(at: $0) }
        #expect(events.allSatisfy { $0.recordedAt == ahead })
        // Five seconds back is no clock that anybody confirmed.
        #expect(events.map { $0.time.decidedAt } == [0, 10, 10, 20].map { confirmed.adding(seconds: $0) })
        clock.now = ahead.adding(seconds: 1)
        try log.append([.used(1)])
        #expect(try log.reader.event(at: 5)?.time == RecordTime(recordedAt: clock.now))
    }

    @Test func onlyLifecycleEventsMoveTheirEnd() throws {
        let log = try OpenLog(folder)
        try log.append(Event.uses(2))
        #expect(try lifecycleEnd(log) == nil)
        try log.append([.used(1), .created(1), .used(1)])
        #expect(try lifecycleEnd(log) == 4)
        try log.append(Event.uses(3))
        #expect(try lifecycleEnd(log) == 4)
        try log.append([.revoked(1)])
        #expect(try lifecycleEnd(log) == 9)
    }

    @Test func theLargestRecordIsTakenAndALargerOneIsNot() throws {
        let log = try OpenLog(folder)
        try log.append([.created(1)])
        let overhead = try EventCodec.encode(stamped(Event(1, .disabled, sealedBytes: 60_000))).count - 60_000
        let maxEvent = Event(1, .disabled, sealedBytes: EventCodec.maximumRecordBytes - overhead)
        let larger = Event(1, .disabled, sealedBytes: EventCodec.maximumRecordBytes - overhead + 1)
        #expect(throws: RecordError.tooLarge(bytes: 65_536)) { try log.append([.used(1), larger]) }
        #expect(try log.records().count == 1)
        try log.append([maxEvent])
        #expect(try log.records().last?.count == 65_535)
        #expect(try log.treeHead().root.bytes == NaiveMerkle.root(ofRecords: log.records()))
    }

    /// The batch goes on when the caller wants it to: nothing of the large event was written.
    @Test func aTurnSurvivesAnEventThatIsTooLarge() throws {
        let log = try OpenLog(folder)
        let positions = try log.sequencer.transact { transaction, appender in
            var positions = [try appender.append(.used(1), &transaction)]
            #expect(throws: RecordError.self) { try appender.append(Event(1, .disabled, sealedBytes: 70_000), &transaction) }
            positions.append(try appender.append(.used(2), &transaction))
            return positions
        }
        #expect(positions == [0, 1])
        #expect(try log.treeHead().root.bytes == NaiveMerkle.root(ofRecords: log.records()))
    }

    private func stamped(_ event: Event) -> Event {
        var event = event
        event.recordedAt = OpenLog.fixedTime()
        return event
    }
}

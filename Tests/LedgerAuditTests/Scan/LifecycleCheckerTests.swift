import KeyEvents
import LogTestSupport
import Testing

@testable import EventLog
@testable import LedgerAudit

/// What the golden vectors under `Schemas/vectors/forged` do not show: records that are missing, left out, or past counting.
@Suite struct LifecycleCheckerTests {
    private static let start: Int64 = 1_800_000_000

    private static func positions(_ events: [(UInt64, Event)], isFromTheStart: Bool = true, isGapless: Bool = true) throws -> [UInt64] {
        var check = LifecycleChecker(isFromTheStart: isFromTheStart, isGapless: isGapless)
        var positions: [UInt64] = []
        for (position, event) in events {
            var event = event
            event.recordedAt = Timestamp(seconds: start + Int64(min(position, 1 << 20)))
            let record = try EventCodec.encode(event)
            check.add(record.span, leaf: MerkleHash.leaf(record.span), at: position) { _ in positions.append(position) }
        }
        return positions
    }

    private static func used(_ key: UInt64, decidedAt position: UInt64, _ seconds: Int64 = start) -> Event {
        Event(key, .used(.init(secretID: 1, decidedAtPosition: position, decidedAt: Timestamp(seconds: seconds))))
    }

    /// After a gap, a violation by an earlier key is reported only where no missing record can explain it; one by a later key is always
    /// reported.
    @Test func behindAGapOnlyWhatNoRecordCanExplainIsSaid() throws {
        let made: [(UInt64, Event)] = [(0, .created(1)), (1, Event(1, .disabled))]
        #expect(try Self.positions(made + [(2, Self.used(1, decidedAt: 1))]) == [2])
        let explained: [(UInt64, Event)] = [(3, Self.used(1, decidedAt: 2)), (4, Event(1, .disabled)), (5, Self.used(9, decidedAt: 3))]
        #expect(try Self.positions(made + explained) == [])
        #expect(try Self.positions(made + [(3, Self.used(1, decidedAt: 3))]) == [3])
        let after: [(UInt64, Event)] = [
            (3, .created(2)), (4, Event(2, .disabled)), (5, Self.used(2, decidedAt: 4)), (6, Event(2, .disabled)),
        ]
        #expect(try Self.positions(made + after) == [5, 6])
    }

    @Test func aPartShowsWhatItsOwnRecordsShow() throws {
        let part: [(UInt64, Event)] = [
            (7, .created(1)), (12, Self.used(1, decidedAt: 10)), (20, Event(1, .disabled)), (31, Self.used(1, decidedAt: 30)),
            (40, Self.used(2, decidedAt: 39)), (50, .revoked(2)), (51, Event(2, .enabled)), (60, Self.used(2, decidedAt: 55)),
        ]
        #expect(try Self.positions(part, isFromTheStart: false, isGapless: false) == [31, 51, 60])
    }

    /// Positions that no log has: the table of stamps does not grow with them.
    @Test func positionsBeyondCountingAreHarmless() throws {
        let events: [(UInt64, Event)] = [
            (0, .created(1)), (.max - 1, Self.used(1, decidedAt: .max)), (.max, Self.used(1, decidedAt: 1 << 63)),
            (0, Self.used(1, decidedAt: 0)), (.max, .revoked(1)), (5, Self.used(1, decidedAt: .max)),
        ]
        #expect(try Self.positions(events).contains(5))
        #expect(try Self.positions(events, isFromTheStart: false, isGapless: false).contains(5))
    }

    /// A key with a long life is looked up at every position of it.
    @Test func everyPositionOfALifeHasItsState() throws {
        var events: [(UInt64, Event)] = [(0, .created(1))]
        for position in 1...100 as ClosedRange<UInt64> { events.append((position, Event(1, position % 2 == 1 ? .disabled : .enabled))) }
        for decided in 0...100 as ClosedRange<UInt64> { events.append((101 + decided, Self.used(1, decidedAt: decided))) }
        #expect(try Self.positions(events) == (1...100).filter { $0 % 2 == 1 }.map { 101 + $0 })
    }

    /// An unknown actor, and bodies of a later version, are nobody's fault.
    @Test func whatALaterVersionSaysIsNotJudged() throws {
        var later = Event(1, .changed(Event.Changed()))
        later.unknownFields = try EventCodec.encode(Event(1, .disabled)).suffix(0) + [0xA2, 0x06, 0x00]
        #expect(try Self.positions([(0, .created(1)), (1, later)]) == [])
        #expect(try Self.positions([(0, .created(1)), (1, Event(1, .changed(Event.Changed())))]) == [1])
    }
}

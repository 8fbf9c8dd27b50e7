import KeyEvents
import LedgerQueries
import LogTestSupport
import Testing

@testable import LedgerAudit

@Suite("The lines of a key's timeline")
struct KeyTimelineTests {
    /// Describes each line: the positions, what it is, and how many presentations it stands for.
    private static func lines(_ bodies: [Event.Body]) -> [String] {
        var timeline = KeyTimeline()
        var lines: [KeyTimeline.Line] = []
        for (position, body) in bodies.enumerated() {
            lines += timeline.add(RecordedEvent(position: UInt64(position), event: Event(1, body), personal: nil))
        }
        lines += timeline.finish() + timeline.finish()
        return lines.map { line in
            switch line {
            case .event(let recorded): "\(recorded.position) \(recorded.event.body.type)"
            case .presentations(let run): "\(run.first.position)-\(run.last.position) \(run.outcome) \(run.count)"
            }
        }
    }

    private static func use(_ count: UInt64 = 1, isInternal: Bool = false) -> Event.Use {
        Event.Use(
            count: count, secretID: 1, decidedAtPosition: 0, decidedAt: Timestamp(seconds: 1), isInternal: isInternal)
    }

    @Test func consecutivePresentationsOfOneOutcomeAreOneLine() {
        let bodies: [Event.Body] = [
            .disabled, .used(Self.use()), .used(Self.use(5)), .used(Self.use(isInternal: true)), .refused(Self.use(), .disabled),
            .refused(Self.use(2), .disabled), .refused(Self.use(), .expired), .enabled, .used(Self.use()),
        ]
        #expect(
            Self.lines(bodies) == [
                "0 KeyDisabled", "1-2 used 6", "3-3 usedInternally 1", "4-5 refused(KeyEvents.RefusalCode.disabled) 3",
                "6-6 refused(KeyEvents.RefusalCode.expired) 1", "7 KeyEnabled", "8-8 used 1",
            ])
    }

    @Test func aTimelineOfNothingHasNoLine() { #expect(Self.lines([]).isEmpty) }
}

import TestSupport
import Testing

@testable import KeyEvents

@Suite struct EventTypeTests {
    /// Names and numbers are those by which events and records are told apart.
    @Test func namesWhatEventsAndRecordsSay() throws {
        var seen: Set<EventType> = []
        try withSeed { random in
            for _ in 0..<500 {
                let event = random.event()
                let type = try #require(EventType(rawValue: event.body.type))
                let header = try #require(try EventHeader(record: EventCodec.encode(event)))
                #expect(type.bodyField == header.bodyField)
                seen.insert(type)
            }
        }
        #expect(seen == Set(EventType.allCases))
    }
}

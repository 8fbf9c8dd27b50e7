import KeyEvents
import Testing

@Suite struct DurationTests {
    @Test(
        arguments: [
            (.zero, 0, 0), (.microseconds(1), 1, 0), (.nanoseconds(1_999), 1, 0), (.nanoseconds(-1_999), -1, 0),
            (.milliseconds(1_999), 1_999_000, 1),
            (.milliseconds(-1_999), -1_999_000, -1), (.seconds(Int64.max), .max, .max), (.seconds(Int64.min), .min, .min),
            (.seconds(Int64.max) * 4, .max, .max), (.seconds(Int64.min) * 4, .min, .min),
        ] as [(Duration, Int64, Int64)])
    func countsWholeUnits(_ duration: Duration, _ microseconds: Int64, _ seconds: Int64) {
        #expect(duration.wholeMicroseconds == microseconds && duration.wholeSeconds == seconds)
    }

    @Test func movesTimestampsAsFarAsTheyReach() {
        let (time, earliest, latest) = (Timestamp(seconds: 1_800_000_000), Timestamp(microseconds: .min), Timestamp(microseconds: .max))
        #expect(time + .milliseconds(1) == time.adding(microseconds: 1_000) && time - .seconds(1) == time.adding(seconds: -1))
        #expect(time + .seconds(Int64.max) == latest && time - .seconds(Int64.max) == earliest)
        #expect(time - .seconds(Int64.min) == latest && earliest - .microseconds(1) == earliest && latest + .microseconds(1) == latest)
    }

    @Test func lieBetweenTimestamps() {
        let (earliest, latest) = (Timestamp(microseconds: .min), Timestamp(microseconds: .max))
        #expect(Timestamp(seconds: 5) - Timestamp(seconds: 7) == .seconds(-2))
        #expect(latest - earliest == .microseconds(Int64.max) * 2 + .microseconds(1))
        #expect(earliest - latest < .zero && earliest - earliest == .zero)
    }
}

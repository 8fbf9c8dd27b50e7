import Ledger
import Testing

@Suite struct MonotonicInstantTests {
    @Test func movesAsFarAsItReaches() {
        let instant = MonotonicInstant(microseconds: 1_000)
        let (earliest, latest) = (MonotonicInstant(microseconds: .min), MonotonicInstant(microseconds: .max))
        #expect(instant + .milliseconds(2) == MonotonicInstant(microseconds: 3_000) && instant + .zero == instant)
        #expect(instant + .seconds(Int64.max) == latest && earliest + .microseconds(-1) == earliest)
    }

    @Test func liesADurationFromOthers() {
        let (earliest, latest) = (MonotonicInstant(microseconds: .min), MonotonicInstant(microseconds: .max))
        #expect(MonotonicInstant(microseconds: 3_000) - MonotonicInstant(microseconds: 1_000) == .milliseconds(2))
        #expect(earliest < latest && latest - earliest > .microseconds(Int64.max) && earliest - latest < .microseconds(Int64.min))
    }
}

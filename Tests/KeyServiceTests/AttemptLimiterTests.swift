import KeyEvents
import Testing

@testable import KeyService

@Suite struct AttemptLimiterTests {
    @Test func oneAddressIsSlowedDownAndOthersAreNot() {
        let limiter = AttemptLimiter()
        var now = Timestamp(seconds: 1_800_000_000)
        for _ in 0..<10 { #expect(limiter.attempt(from: "a", at: now) == nil) }
        #expect(limiter.attempt(from: "a", at: now) == 6)
        #expect(limiter.attempt(from: "b", at: now) == nil)
        now = now.adding(seconds: 6)
        #expect(limiter.attempt(from: "a", at: now) == nil)
        #expect(limiter.attempt(from: "a", at: now) != nil)
        // However long it waits, it saves up no more than a minute's attempts.
        now = now.adding(seconds: 86_400)
        #expect((0..<100).filter { _ in limiter.attempt(from: "a", at: now) == nil }.count == 10)
    }

    @Test func manyAddressesTogetherAreSlowedDown() {
        let limiter = AttemptLimiter()
        let accepted = (0..<1000).filter { limiter.attempt(from: "address \($0)", at: Timestamp(seconds: 1_800_000_000)) == nil }
        #expect(accepted.count == 300)
    }

    @Test func aClockSetBackLetsNobodyThrough() {
        let limiter = AttemptLimiter()
        for _ in 0..<10 { _ = limiter.attempt(from: "a", at: Timestamp(seconds: 1_800_000_000)) }
        #expect(limiter.attempt(from: "a", at: Timestamp(seconds: 1_800_000_000).adding(seconds: -3600)) != nil)
    }
}

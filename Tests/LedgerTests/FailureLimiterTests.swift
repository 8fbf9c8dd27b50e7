import Bytes
import KeyEvents
import Testing

@testable import Ledger
@testable import LedgerAPI

@Suite struct FailureLimiterTests {
    private static let start = Timestamp(seconds: 1_800_000_000)

    private static func address(_ text: String) throws -> IPAddress { try #require(IPAddress(text)) }

    @Test func oneAddressIsToldToWaitAndOthersAreNot() throws {
        let limiter = FailureLimiter()
        let (a, b) = (try Self.address("192.0.2.1"), try Self.address("192.0.2.2"))
        var now = Self.start
        for _ in 0..<10 { #expect(limiter.failure(from: a, at: now) == nil) }
        #expect(limiter.failure(from: a, at: now) == .seconds(6))
        // A refusal by the limiter counts for nothing: a caller that waits as long as it says is served.
        for _ in 0..<1000 { #expect(limiter.failure(from: a, at: now) == .seconds(6)) }
        #expect(limiter.failure(from: b, at: now) == nil)
        #expect(limiter.failure(from: nil, at: now) == nil)
        now = now.adding(seconds: 6)
        #expect(limiter.failure(from: a, at: now) == nil)
        #expect(limiter.failure(from: a, at: now) != nil)
        // However long it waits, it saves up no more than a minute's.
        now = now.adding(seconds: 86_400)
        #expect((0..<100).filter { _ in limiter.failure(from: a, at: now) == nil }.count == 10)
    }

    @Test func manyFailuresElsewhereSlowDownNobody() throws {
        let limiter = FailureLimiter()
        for number in 0..<30_000 {
            let junk = try Self.address("10.\(number / 65_536).\(number / 256 % 256).\(number % 256)")
            #expect(limiter.failure(from: junk, at: Self.start) == nil)
        }
        #expect(limiter.failure(from: try Self.address("192.0.2.1"), at: Self.start) == nil)
    }

    @Test func oneSubscribersIPv6AddressesAreOne() throws {
        let limiter = FailureLimiter()
        let answers = try (0..<20).map { limiter.failure(from: try Self.address("2001:db8:1:2::\($0)"), at: Self.start) }
        #expect(answers.count { $0 == nil } == 10)
        #expect(limiter.failure(from: try Self.address("2001:db8:1:3::1"), at: Self.start) == nil)
    }

    @Test func aClockSetBackForgetsNothing() throws {
        let limiter = FailureLimiter()
        let address = try Self.address("192.0.2.1")
        for _ in 0..<10 { _ = limiter.failure(from: address, at: Self.start) }
        #expect(limiter.failure(from: address, at: Self.start.adding(seconds: -3600)) != nil)
        for extreme in [Int64.min, .max] { _ = limiter.failure(from: address, at: Timestamp(microseconds: extreme)) }
    }
}

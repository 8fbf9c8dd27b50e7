import KeyEvents
import Testing
import Validation

@testable import KeyService

/// Recording an expiry is final, so a wrong clock must not cause it.
@Suite struct ExpirySweepTests {
    private static let key = KeyID(Bytes16(high: 1, low: 1))
    private static let other = KeyID(Bytes16(high: 1, low: 2))

    @Test func waitsItsMargin() {
        let clock = TestClock()
        let sweep = ExpirySweep(clock: clock.ledgerClock)
        #expect(sweep.ripe([Self.key]) == [])
        clock.advance(microseconds: 1_999_999)
        #expect(sweep.ripe([Self.key, Self.other]) == [])
        clock.advance(microseconds: 1)
        #expect(sweep.ripe([Self.key, Self.other]) == [Self.key])
        clock.advance(microseconds: 1_999_999)
        #expect(sweep.ripe([Self.key, Self.other]) == [Self.key, Self.other])
    }

    @Test func aKeyThatIsDueNoMoreBeginsAnew() {
        let clock = TestClock()
        let sweep = ExpirySweep(clock: clock.ledgerClock)
        _ = sweep.ripe([Self.key])
        clock.advance(seconds: 1)
        #expect(sweep.ripe([]) == [])
        clock.advance(seconds: 1)
        #expect(sweep.ripe([Self.key]) == [])
        clock.advance(seconds: 2)
        #expect(sweep.ripe([Self.key]) == [Self.key])
    }

    @Test(arguments: [3, -3, 3600, -3600, 86_400 * 365])
    func restsAfterAStepOfTheClock(_ seconds: Int64) {
        let clock = TestClock()
        let sweep = ExpirySweep(clock: clock.ledgerClock)
        _ = sweep.ripe([Self.key])
        clock.advance(seconds: 1)
        clock.step(seconds: seconds)
        #expect(sweep.ripe([Self.key]) == [])
        for _ in 0..<59 {
            clock.advance(seconds: 1)
            #expect(sweep.ripe([Self.key]) == [])
        }
        // After the pause, the margin begins anew.
        clock.advance(seconds: 1)
        #expect(sweep.ripe([Self.key]) == [])
        clock.advance(seconds: 2)
        #expect(sweep.ripe([Self.key]) == [Self.key])
    }

    @Test func aStepDuringThePauseProlongsIt() {
        let clock = TestClock()
        let sweep = ExpirySweep(clock: clock.ledgerClock)
        _ = sweep.ripe([])
        clock.step(seconds: 100)
        _ = sweep.ripe([Self.key])
        clock.advance(seconds: 50)
        clock.step(seconds: -100)
        _ = sweep.ripe([Self.key])
        for _ in 0..<12 {
            clock.advance(seconds: 5)
            #expect(sweep.ripe([Self.key]) == [])
        }
        clock.advance(seconds: 2)
        #expect(sweep.ripe([Self.key]) == [Self.key])
    }

    @Test func driftIsNoStep() {
        let clock = TestClock()
        let sweep = ExpirySweep(clock: clock.ledgerClock)
        for _ in 0..<5 {
            _ = sweep.ripe([Self.key])
            clock.advance(seconds: 1)
            clock.step(seconds: 2)
        }
        #expect(sweep.ripe([Self.key]) == [Self.key])
    }

    /// Set a year ahead by mistake: nothing is recorded before somebody could have set it back.
    @Test func aClockSetAheadEndsNoKey() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let key = try await ledger.newKey(expiresAt: home.clock.now.adding(seconds: 86_400))
            await ledger.sweepExpired()
            home.clock.advance(seconds: 1)
            home.clock.step(seconds: 86_400 * 365)
            for _ in 0..<40 {
                await ledger.sweepExpired()
                home.clock.advance(seconds: 1)
            }
            #expect(try ledger.check(key.secret).code == .expired)
            home.clock.step(seconds: -86_400 * 365)
            for _ in 0..<100 {
                await ledger.sweepExpired()
                home.clock.advance(seconds: 1)
            }
            #expect(try ledger.check(key.secret).code == .valid)
            #expect(try ledger.types() == ["KeyCreated"])
        }
    }

    /// The key was revoked between the sweep's look and its turn: no reason to worry anybody, nor to leave the others.
    @Test func aKeyThatEndedMeanwhileIsPassedOver() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let expiresAt = home.clock.now.adding(seconds: 10)
            var keys: [KeyID] = []
            for _ in 0..<20 { keys.append(try await ledger.newKey(expiresAt: expiresAt).id) }
            home.clock.advance(seconds: 10)
            await ledger.sweepExpired()
            home.clock.advance(seconds: 2)
            // Each is asked to expire twice.
            async let first: Void = ledger.sweepExpired()
            async let second: Void = ledger.sweepExpired()
            _ = await (first, second)
            for key in keys { #expect(try ledger.types(of: key) == ["KeyCreated", "KeyExpired"]) }
            #expect(home.reports == [])
        }
    }
}

import Bytes
import KeyEvents
import Projections
import Storage
import TestSupport
import Testing
import Validation

@testable import Ledger

/// Recording an expiry is final, so a wrong clock must not cause it.
@Suite struct ExpirySweepTests {
    private static let key = KeyID(Bytes16(high: 1, low: 1))
    private static let other = KeyID(Bytes16(high: 1, low: 2))

    /// One that is past the caution of its start.
    private static func sweep(_ clock: TestClock) -> ExpirySweep {
        let sweep = ExpirySweep(clock: clock.ledgerClock)
        _ = sweep.dueForRecording([])
        clock.advance(microseconds: ExpirySweep.startPause.wholeMicroseconds)
        return sweep
    }

    /// A machine that boots with its clock ahead is given some seconds to set it.
    @Test func beginsWithAPause() {
        let clock = TestClock()
        let sweep = ExpirySweep(clock: clock.ledgerClock)
        for _ in 0..<10 {
            #expect(sweep.dueForRecording([Self.key]) == [])
            clock.advance(seconds: 1)
        }
        #expect(sweep.dueForRecording([Self.key, Self.other]) == [Self.key])
    }

    @Test func waitsItsMargin() {
        let clock = TestClock()
        let sweep = Self.sweep(clock)
        #expect(sweep.dueForRecording([Self.key]) == [])
        clock.advance(microseconds: 1_999_999)
        #expect(sweep.dueForRecording([Self.key, Self.other]) == [])
        clock.advance(microseconds: 1)
        #expect(sweep.dueForRecording([Self.key, Self.other]) == [Self.key])
        clock.advance(microseconds: 1_999_999)
        #expect(sweep.dueForRecording([Self.key, Self.other]) == [Self.key, Self.other])
    }

    @Test func aKeyThatIsDueNoMoreBeginsAnew() {
        let clock = TestClock()
        let sweep = Self.sweep(clock)
        _ = sweep.dueForRecording([Self.key])
        clock.advance(seconds: 1)
        #expect(sweep.dueForRecording([]) == [])
        clock.advance(seconds: 1)
        #expect(sweep.dueForRecording([Self.key]) == [])
        clock.advance(seconds: 2)
        #expect(sweep.dueForRecording([Self.key]) == [Self.key])
    }

    @Test(arguments: [3, -3, 3600, -3600, 86_400 * 365])
    func restsAfterAStepOfTheClock(_ seconds: Int64) {
        let clock = TestClock()
        let sweep = Self.sweep(clock)
        _ = sweep.dueForRecording([Self.key])
        clock.advance(seconds: 1)
        clock.step(seconds: seconds)
        #expect(sweep.dueForRecording([Self.key]) == [])
        for _ in 0..<59 {
            clock.advance(seconds: 1)
            #expect(sweep.dueForRecording([Self.key]) == [])
        }
        // After the pause, the margin begins anew.
        clock.advance(seconds: 1)
        #expect(sweep.dueForRecording([Self.key]) == [])
        clock.advance(seconds: 2)
        #expect(sweep.dueForRecording([Self.key]) == [Self.key])
    }

    @Test func aStepDuringThePauseProlongsIt() {
        let clock = TestClock()
        let sweep = Self.sweep(clock)
        _ = sweep.dueForRecording([])
        clock.step(seconds: 100)
        _ = sweep.dueForRecording([Self.key])
        clock.advance(seconds: 50)
        clock.step(seconds: -100)
        _ = sweep.dueForRecording([Self.key])
        for _ in 0..<12 {
            clock.advance(seconds: 5)
            #expect(sweep.dueForRecording([Self.key]) == [])
        }
        clock.advance(seconds: 2)
        #expect(sweep.dueForRecording([Self.key]) == [Self.key])
    }

    @Test func driftIsNoStep() {
        let clock = TestClock()
        let sweep = Self.sweep(clock)
        for _ in 0..<5 {
            _ = sweep.dueForRecording([Self.key])
            clock.advance(seconds: 1)
            clock.step(seconds: 2)
        }
        #expect(sweep.dueForRecording([Self.key]) == [Self.key])
    }

    /// One state that cannot be read is reported once, and hinders nobody.
    @Test func aDamagedKeyHindersNoOther() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            await ledger.startSweep(home.clock)
            var keys: [KeyID] = []
            for number in 0..<10 as Range<Int64> {
                keys.append(try await ledger.newKey(expiresAt: home.clock.now.adding(seconds: 10 + number)).id)
            }
            try Self.damage([keys[0], keys[4]], ledger)
            for _ in 0..<25 {
                await ledger.maintenance.sweepExpired()
                home.clock.advance(seconds: 1)
            }
            for (index, key) in keys.enumerated() {
                #expect(try ledger.types(of: key) == ["KeyCreated"] + (index == 0 || index == 4 ? [] : ["KeyExpired"]))
            }
            #expect(home.reports.count == 2 && home.reports.allSatisfy { $0.contains("could not be recorded") })
        }
    }

    private static func damage(_ keys: [KeyID], _ ledger: Ledger) throws {
        try ledger.environment.write { transaction in
            let store = StateStore(try ledger.stateTables.current(transaction))
            for key in keys { try transaction.put(key.raw.bytes, [1, 2, 3], in: store.tables.keys) }
        }
    }

    @Test func manyExpiriesShareCommits() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            await ledger.startSweep(home.clock)
            let expiresAt = home.clock.now.adding(seconds: 10)
            for _ in 0..<200 { _ = try await ledger.newKey(expiresAt: expiresAt) }
            home.clock.advance(seconds: 10)
            await ledger.maintenance.sweepExpired()
            home.clock.advance(seconds: 2)
            let before = ledger.health.storage.lastTransactionID
            await ledger.maintenance.sweepExpired()
            #expect(try ledger.types().count { $0 == "KeyExpired" } == 200)
            let commits = ledger.health.storage.lastTransactionID - before
            #expect(commits < 100, "\(commits) commits")
        }
    }

    @Test func aCancelledSweepRecordsNothing() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            await ledger.startSweep(home.clock)
            _ = try await ledger.newKey(expiresAt: home.clock.now.adding(seconds: 10))
            home.clock.advance(seconds: 10)
            await ledger.maintenance.sweepExpired()
            home.clock.advance(seconds: 2)
            let isCancelled = Flag()
            let task = Task {
                await waitUntil { isCancelled.isSet }
                await ledger.maintenance.sweepExpired()
            }
            task.cancel()
            isCancelled.set()
            await task.value
            #expect(try ledger.types() == ["KeyCreated"])
        }
    }

    /// A command on a key that only a stepped clock ends is refused, and nothing final is recorded; but who wants to end it, may.
    @Test(arguments: [30, 290] as [Int64])
    func aCommandEndsNoKeyAfterAStepOfTheClock(_ seconds: Int64) async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            await ledger.startSweep(home.clock)
            let key = try await ledger.newKey(expiresAt: home.clock.now.adding(seconds: 20))
            await ledger.maintenance.sweepExpired()
            home.clock.step(seconds: seconds)
            for _ in 0..<3 {
                await #expect(throws: ServiceError.refused(.ended(.expired))) {
                    _ = try await ledger.commands.disableKey(key.id, by: .commandLine)
                }
                // Noticed or not.
                await ledger.maintenance.sweepExpired()
                home.clock.advance(seconds: 1)
            }
            home.clock.step(seconds: -seconds)
            #expect(try ledger.verifier.evaluate(key.secret).code == .valid)
            #expect(try await ledger.commands.revokeKey(key.id, by: .commandLine).isChange)
            #expect(try ledger.types() == ["KeyCreated", "KeyRevoked"])
        }
    }

    /// Set a year ahead by mistake: nothing is recorded before somebody could have set it back.
    @Test func aClockSetAheadEndsNoKey() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            await ledger.startSweep(home.clock)
            let key = try await ledger.newKey(expiresAt: home.clock.now.adding(seconds: 86_400))
            await ledger.maintenance.sweepExpired()
            home.clock.advance(seconds: 1)
            home.clock.step(seconds: 86_400 * 365)
            for _ in 0..<40 {
                await ledger.maintenance.sweepExpired()
                home.clock.advance(seconds: 1)
            }
            #expect(throws: LedgerError.self) { try ledger.verifier.evaluate(key.secret) }
            home.clock.step(seconds: -86_400 * 365)
            for _ in 0..<100 {
                await ledger.maintenance.sweepExpired()
                home.clock.advance(seconds: 1)
            }
            #expect(try ledger.verifier.evaluate(key.secret).code == .valid)
            #expect(try ledger.types() == ["KeyCreated"])
        }
    }

    /// The key was revoked between the sweep's look and its turn: no reason to worry anybody, nor to leave the others.
    @Test func aKeyThatEndedMeanwhileIsPassedOver() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            await ledger.startSweep(home.clock)
            let expiresAt = home.clock.now.adding(seconds: 10)
            var keys: [KeyID] = []
            for _ in 0..<20 { keys.append(try await ledger.newKey(expiresAt: expiresAt).id) }
            home.clock.advance(seconds: 10)
            await ledger.maintenance.sweepExpired()
            home.clock.advance(seconds: 2)
            // Each is asked to expire twice.
            async let first: Void = ledger.maintenance.sweepExpired()
            async let second: Void = ledger.maintenance.sweepExpired()
            _ = await (first, second)
            for key in keys { #expect(try ledger.types(of: key) == ["KeyCreated", "KeyExpired"]) }
            #expect(home.reports == [])
        }
    }
}

import EventLog
import KeyEvents
import Projections
import TestSupport
import Testing
import Validation

@testable import Ledger
@testable internal import LedgerAudit
@testable import LedgerQueries

/// A clock that was set by more than five minutes, or is behind the log, decides nothing until it is right or confirmed; what ends keys
/// goes on.
@Suite(.holdsLedgers) struct DoubtedClockTests {
    private static let year: Int64 = 365 * 86_400

    private static func isDoubt(_ error: any Error) -> Bool { if case LedgerError.clockInDoubt = error { true } else { false } }

    private static func expectDoubt(_ body: () async throws -> Void) async {
        await #expect { try await body() } throws: { isDoubt($0) }
    }

    private static func findings(_ ledger: Ledger) throws -> [String] {
        let findings = Box<Finding>([])
        _ = try LogVerifier(ledger.reader).run(progress: { _ in }, finding: { findings.append($0) })
        return findings.value.map { "\($0)" }
    }

    @Test(arguments: [301, -301, 3600, -3600, 10 * 365 * 86_400, -60 * 365 * 86_400] as [Int64])
    func nothingIsDecidedAfterAStepUntilItIsGone(_ seconds: Int64) async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { (ledger: Ledger) async throws -> Void in
            let key = try await ledger.newKey(expiresAt: home.clock.now.adding(seconds: Self.year))
            let other = try await ledger.newKey(account: .hotel)
            home.clock.advance(seconds: 60)
            _ = try await ledger.verify(key.secret)
            let before = try ledger.log().count
            home.clock.step(seconds: seconds)

            #expect(ledger.health.recordingProblem != nil && ledger.time.clockProblem != nil)
            await Self.expectDoubt { _ = try await ledger.verify(key.secret) }
            await Self.expectDoubt { _ = try ledger.verifier.authenticateCaller(key.secret) }
            await Self.expectDoubt { _ = try await ledger.newKey() }
            await Self.expectDoubt { _ = try await ledger.commands.enableKey(key.id, by: .commandLine) }
            await Self.expectDoubt { _ = try await ledger.commands.changeKey(key.id, KeyChange(name: "x"), by: .commandLine) }
            await Self.expectDoubt { _ = try await ledger.commands.rotateKey(key.id, olderRetires: .now, by: .commandLine) }
            await ledger.maintenance.sweepExpired()
            #expect(try ledger.log().count == before)
            // Revocations are recorded with the time that the clock should show.
            home.clock.advance(seconds: 60)
            _ = try await ledger.commands.revokeKey(key.id, by: .commandLine)
            _ = try await ledger.commands.revokeKey(bySecret: other.secret)
            let stamps = try ledger.log(from: UInt64(before)).map(\.event.recordedAt)
            #expect(stamps == Array(repeating: home.clock.now.adding(seconds: -seconds), count: 2))

            home.clock.step(seconds: -seconds)
            #expect(ledger.time.clockProblem == nil)
            #expect(try await ledger.verify(key.secret) == .revoked)
            #expect(try ledger.types().contains("KeyExpired") == false)
            try await ledger.settle()
            #expect(try Self.findings(ledger) == [])
        }
    }

    @Test func aSleepIsNoStep() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { (ledger: Ledger) async throws -> Void in
            let key = try await ledger.newKey()
            home.clock.advance(seconds: 400 * 86_400)
            #expect(try await ledger.verify(key.secret) == .valid)
        }
    }

    /// Two steps of four minutes are one of eight.
    @Test func stepsAddUp() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { (ledger: Ledger) async throws -> Void in
            let key = try await ledger.newKey()
            home.clock.step(seconds: 240)
            #expect(try await ledger.verify(key.secret) == .valid)
            home.clock.step(seconds: 240)
            await Self.expectDoubt { _ = try await ledger.verify(key.secret) }
        }
    }

    /// A process that has the ledger open learns of the confirmation.
    @Test func aConfirmationHoldsForAllProcesses() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { (ledger: Ledger) async throws -> Void in
            let key = try await ledger.newKey()
            home.clock.advance(seconds: 10)
            home.clock.step(seconds: Self.year)
            let expected = home.clock.now.adding(seconds: -Self.year)
            await Self.expectDoubt { _ = try await ledger.verify(key.secret) }
            // Another process would check the clock in the same way: by a reading of its own.
            let watch = try ClockWatch(home.clock.ledgerClock, ledger.reader, path: home.folder.path)
            #expect(watch.problem != nil)
            let report = try #require(try await ledger.time.confirmClock())
            #expect(report.confirmation == ClockConfirmation(clock: home.clock.now, expected: expected) && report.stampsUntil == nil)
            #expect(watch.problem == nil)
            #expect(try await ledger.verify(key.secret) == .valid)
            #expect(try await ledger.time.confirmClock() == nil)
            #expect(try ledger.types() == ["KeyCreated", "ClockConfirmed", "KeyUsed"])
            #expect(try Self.findings(ledger) == [])
        }
    }

    /// The clock was ten years ahead, and an operator said so twice: records keep the stamp, tell when they happened, and go by that.
    @Test func aClockThatWasAheadIsLeftBehind() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { (ledger: Ledger) async throws -> Void in
            let start = home.clock.now
            let key = try await ledger.newKey(expiresAt: start.adding(seconds: 3600))
            _ = try await ledger.commands.disableKey(key.id, by: .commandLine, commandID: "d")
            home.clock.step(seconds: 10 * Self.year)
            _ = try await ledger.time.confirmClock()
            #expect(try await ledger.verify(key.secret) == .expired)
            let stamp = home.clock.now
            try await ledger.settle()
            home.clock.step(seconds: -10 * Self.year)
            home.clock.advance(seconds: 60)
            await Self.expectDoubt { _ = try await ledger.verify(key.secret) }
            #expect(try #require(try await ledger.time.confirmClock()).stampsUntil == stamp)

            // The command is remembered, and nothing ended the key.
            #expect(try await ledger.commands.disableKey(key.id, by: .commandLine, commandID: "d").isRepeat)
            _ = try await ledger.commands.enableKey(key.id, by: .commandLine)
            home.clock.advance(seconds: 60)
            #expect(try await ledger.verify(key.secret) == .valid)
            let entry = try #require(try ledger.log().last)
            #expect(entry.event.recordedAt == stamp && entry.event.occurredAt == home.clock.now)
            #expect(entry.accepted?.decidedAt == home.clock.now)
            _ = try await ledger.commands.rotateKey(key.id, olderRetires: .after(.seconds(60)), by: .commandLine)
            home.clock.advance(seconds: 3600)
            #expect(try await ledger.verify(key.secret) == .revoked)
            await #expect(throws: ServiceError.refused(.ended(.expired))) {
                _ = try await ledger.commands.disableKey(key.id, by: .commandLine)
            }
            #expect(try ledger.types(of: key.id).last == "KeyExpired")
            #expect(try ledger.past.asOf(.position(entry.position), field: "at").clock == entry.event.occurredAt)
            try await ledger.settle()
            #expect(try Self.findings(ledger) == [])
            #expect(try await ledger.maintenance.replay(isCheck: true) { _, _ in }.differences.count == 0)
        }
        // Who opens it later goes by that clock too.
        home.clock.advance(seconds: 60)
        try await home.withLedger { (ledger: Ledger) async throws -> Void in
            #expect(ledger.time.clockProblem == nil)
            #expect(try await ledger.verify(ledger.newKey().secret) == .valid)
        }
    }

    // MARK: Across restarts

    /// On one machine a process knows the clock from those before it, as command lines must, which start anew each time.
    @Test(arguments: [-3600, -301, 301, 3600, 86_400, 10 * 365 * 86_400] as [Int64])
    func aProcessKnowsTheClockFromOthers(_ seconds: Int64) async throws {
        let home = TestHome(seed: printedSeed())
        let key = try await home.withLedger { try await $0.newKey(expiresAt: home.clock.now.adding(seconds: 7200)) }
        home.clock.advance(seconds: 3000)
        home.clock.step(seconds: seconds)
        try await home.withLedger { (ledger: Ledger) async throws -> Void in
            await Self.expectDoubt { _ = try await ledger.verify(key.secret) }
            await Self.expectDoubt { _ = try await ledger.commands.changeKey(key.id, KeyChange(name: "x"), by: .commandLine) }
            #expect(try ledger.types() == ["KeyCreated"])
        }
        home.clock.step(seconds: -seconds)
        try await home.withLedger { (ledger: Ledger) async throws -> Void in
            #expect(try await ledger.verify(key.secret) == .valid)
            home.clock.advance(seconds: 7200)
            await #expect(throws: ServiceError.refused(.ended(.expired))) {
                _ = try await ledger.commands.disableKey(key.id, by: .commandLine)
            }
            #expect(try ledger.types(of: key.id).last == "KeyExpired")
        }
    }

    /// After a start of the machine there is only the newest record: what is behind it is wrong, what is ahead may be a rest, but for
    /// one of more than 90 days.
    @Test(arguments: [(-400, true), (-200, false), (60, false), (89 * 86_400, false), (91 * 86_400, true)] as [(Int64, Bool)])
    func afterAStartOfTheMachine(_ seconds: Int64, _ isDoubted: Bool) async throws {
        let home = TestHome(seed: printedSeed())
        let key = try await home.withLedger { try await $0.newKey(expiresAt: home.clock.now.adding(seconds: 10)) }
        home.clock.restart(after: seconds)
        try await home.withLedger { (ledger: Ledger) async throws -> Void in
            guard isDoubted else {
                #expect(ledger.time.clockProblem == nil)
                guard seconds > 10 else { return }
                // What is final waits: nobody knows yet whether the clock is right.
                #expect(try await ledger.verify(key.secret) == .expired)
                await #expect(throws: ServiceError.refused(.ended(.expired))) {
                    _ = try await ledger.commands.disableKey(key.id, by: .commandLine)
                }
                #expect(try ledger.types(of: key.id).contains("KeyExpired") == false)
                #expect(try await ledger.commands.revokeKey(key.id, by: .commandLine).isChange)
                try await ledger.settle()
                #expect(try Self.findings(ledger) == [])
                return
            }
            await Self.expectDoubt { _ = try await ledger.verify(key.secret) }
            #expect(try await ledger.commands.revokeKey(key.id, by: .commandLine).isChange)
            _ = try await ledger.time.confirmClock()
            #expect(try await ledger.verify(key.secret) == .revoked)
            try await ledger.settle()
            #expect(try Self.findings(ledger) == [])
        }
    }

    /// A machine whose battery is empty: its clock says 1970 until the network sets it.
    @Test func aClockBeforeThereWasAKeyledger() async throws {
        let home = TestHome(seed: printedSeed())
        let right = home.clock.now
        for wrong in [Timestamp(seconds: -5), Timestamp(seconds: 0), Timestamp(seconds: 1_600_000_000)] {
            home.clock.set(wrong)
            await Self.expectDoubt { _ = try Ledger.create(at: home.folder, prefix: "lhql", options: home.options(.durable)) }
            #expect(!home.folder.holdsLedger)
        }
        home.clock.set(right)
        let key = try await home.withLedger { try await $0.newKey() }
        home.clock.restart(after: 60)
        home.clock.set(Timestamp(seconds: 0))
        try await home.withLedger { (ledger: Ledger) async throws -> Void in
            await Self.expectDoubt { _ = try await ledger.verify(key.secret) }
            await Self.expectDoubt { _ = try await ledger.time.confirmClock() }
            home.clock.set(right.adding(seconds: 90))
            #expect(try await ledger.verify(key.secret) == .valid)
        }
    }

    /// An id that was given a command is not forgotten for a clock that nobody knows to be right.
    @Test func noCommandIsForgottenByAClockThatNobodyKnows() async throws {
        let home = TestHome(seed: printedSeed())
        let key = try await home.withLedger { ledger in
            let key = try await ledger.newKey()
            _ = try await ledger.commands.disableKey(key.id, by: .commandLine, commandID: "d")
            return key
        }
        home.clock.restart(after: 30 * 86_400)
        try await home.withLedger { (ledger: Ledger) async throws -> Void in
            _ = try await ledger.commands.enableKey(key.id, by: .commandLine, commandID: "e")
            #expect(try await ledger.commands.disableKey(key.id, by: .commandLine, commandID: "d").isRepeat)
        }
    }
}

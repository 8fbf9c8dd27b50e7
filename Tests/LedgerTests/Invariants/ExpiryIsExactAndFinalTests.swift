import KeyEvents
import TestSupport
import Testing
import Validation

@testable import Ledger

/// A key past its `expires_at` is refused from that instant, whether or not KeyExpired has been recorded; KeyExpired is recorded
/// at most once per key and never after KeyRevoked. Revoked and expired are final: a command on a key past its expiry records
/// KeyExpired first, and is refused.
@Suite struct ExpiryIsExactAndFinalTests {
    @Test(arguments: [UseRecording.durable, .buffered, .aggregated(window: .seconds(5))])
    func refusedFromTheInstant(_ recording: UseRecording) async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger(recording) { ledger in
            let expiresAt = home.clock.now.adding(seconds: 100)
            let (id, secret) = try await ledger.newKey(expiresAt: expiresAt)
            home.clock.set(Timestamp(microseconds: expiresAt.microseconds - 1))
            #expect(try await ledger.verify(secret) == .valid)
            home.clock.advance(microseconds: 1)
            #expect(try await ledger.verify(secret) == .expired)
            #expect(try ledger.key(id)?.end == nil)
            // And after the clock was set back, the recorded time rules what is recorded, the clock what is asked.
            #expect(try ledger.types(of: id).contains("KeyExpired") == false)
        }
    }

    /// Decided a moment before the expiry, in the writer's hands after it.
    @Test func aUseThatWaitsBeyondTheExpiryIsRefused() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let (_, secret) = try await ledger.newKey(expiresAt: home.clock.now.adding(seconds: 10))
            let verdict = try ledger.verifier.evaluate(secret)
            #expect(verdict.isValid)
            home.clock.advance(seconds: 10)
            let held = try await ledger.recorder.record(verdict, accessCheck: AccessCheck(), context: UseContext(), actor: .commandLine)
            #expect(held.code == .expired)
        }
    }

    @Test func everyCommandRecordsTheExpiryOnceAndIsRefused() async throws {
        let commands: [(String, @Sendable (Ledger, KeyID) async throws -> Void)] = [
            ("disable", { _ = try await $0.commands.disableKey($1, by: .commandLine) }),
            ("enable", { _ = try await $0.commands.enableKey($1, by: .commandLine) }),
            ("rename", { _ = try await $0.commands.changeKey($1, KeyChange(name: "Guesty"), by: .commandLine) }),
            ("prolong", { _ = try await $0.commands.changeKey($1, KeyChange(expiry: .never), by: .commandLine) }),
        ]
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            for (name, command) in commands {
                let (id, secret) = try await ledger.newKey(expiresAt: home.clock.now.adding(seconds: 10))
                home.clock.advance(seconds: 10)
                for _ in 0..<2 {
                    await #expect(throws: ServiceError.refused(.ended(.expired)), "\(name)") { try await command(ledger, id) }
                    #expect(try ledger.types(of: id) == ["KeyCreated", "KeyExpired"], "\(name)")
                }
                #expect(try await ledger.verify(secret) == .expired)
            }
        }
    }

    /// A call that revokes all keys of a list succeeds where some have expired; an expiry stays recorded as such, and the caller that
    /// finds it has not caused it.
    @Test func revokingWhatHasExpiredChangesNothing() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let (id, secret) = try await ledger.newKey(expiresAt: home.clock.now.adding(seconds: 10))
            home.clock.advance(seconds: 10)
            for _ in 0..<2 {
                let outcome = try await ledger.commands.revokeKey(id, reason: "all of them", by: .commandLine)
                #expect(!outcome.isChange && outcome.key.state.end != nil)
                let log = try ledger.log(of: id)
                #expect(log.map(\.type) == ["KeyCreated", "KeyExpired"])
                #expect(log[1].personal == nil && log[1].event.actor == .sweep)
            }
            #expect(try await ledger.verify(secret) == .expired)
        }
    }

    @Test func neverAfterARevocation() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let (id, secret) = try await ledger.newKey(expiresAt: home.clock.now.adding(seconds: 10))
            _ = try await ledger.commands.revokeKey(id, by: .commandLine)
            home.clock.advance(seconds: 20)
            for _ in 0..<5 {
                await ledger.maintenance.sweepExpired()
                home.clock.advance(seconds: 2)
            }
            await #expect(throws: ServiceError.refused(.ended(.revoked))) { try await ledger.commands.expireKey(id) }
            await #expect(throws: ServiceError.refused(.ended(.revoked))) { _ = try await ledger.commands.disableKey(id, by: .commandLine) }
            #expect(try ledger.types(of: id) == ["KeyCreated", "KeyRevoked"])
            #expect(try await ledger.verify(secret) == .revoked)
            #expect(home.reports == [])
        }
    }

    /// Everybody at once: the sweep, commands and uses.
    @Test func recordedOnceWhoeverComesFirst() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            for _ in 0..<15 {
                let (id, secret) = try await ledger.newKey(expiresAt: home.clock.now.adding(seconds: 10))
                home.clock.advance(seconds: 10)
                await withTaskGroup { group in
                    for worker in 0..<8 {
                        group.addTask {
                            switch worker % 4 {
                            case 0: try? await ledger.commands.expireKey(id)
                            case 1: _ = try? await ledger.commands.revokeKey(id, by: .commandLine)
                            case 2: _ = try? await ledger.commands.disableKey(id, by: .commandLine)
                            default: _ = try? await ledger.verify(secret)
                            }
                        }
                    }
                }
                try await ledger.settle()
                let ends = try ledger.types(of: id).filter { $0 == "KeyExpired" || $0 == "KeyRevoked" || $0 == "KeyDisabled" }
                #expect(ends == ["KeyExpired"])
            }
            try RevocationIsImmediateTests.checkUsesBeforeEnds(ledger, isInOrder: true)
        }
    }

    @Test func theSweepRecordsItOnceAfterItsMargin() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            await ledger.startSweep(home.clock)
            let (id, _) = try await ledger.newKey(expiresAt: home.clock.now.adding(seconds: 10))
            let (later, _) = try await ledger.newKey(expiresAt: home.clock.now.adding(seconds: 3600))
            for _ in 0..<11 {
                await ledger.maintenance.sweepExpired()
                #expect(try ledger.types(of: id) == ["KeyCreated"])
                home.clock.advance(seconds: 1)
            }
            for _ in 0..<4 {
                await ledger.maintenance.sweepExpired()
                home.clock.advance(seconds: 1)
            }
            #expect(try ledger.types(of: id) == ["KeyCreated", "KeyExpired"])
            #expect(try ledger.types(of: later) == ["KeyCreated"])
            #expect(try ledger.log(of: id).last?.event.actor == .sweep)
            #expect(home.reports == [])
        }
    }
}

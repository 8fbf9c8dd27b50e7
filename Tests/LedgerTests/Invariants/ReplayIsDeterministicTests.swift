import Bytes
import EventLog
import KeyEvents
import Projections
import Storage
import TestSupport
import Testing
import Validation

@testable import Ledger

/// Replaying is deterministic: the state at position P is the fold of records 0…P, with the clock at `recorded_at(P)`; the state
/// at time T is the fold of records with `recorded_at ≤ T`, with the clock at T.
@Suite struct ReplayIsDeterministicTests {
    @Test func theStateAtEveryPositionIsTheFoldOfTheRecordsUpToIt() async throws {
        let seed = printedSeed()
        let home = TestHome(seed: seed)
        var random = SplitMix64(seed: seed)
        try await home.withLedger { ledger in
            var keys: [(id: KeyID, secret: String)] = []
            for _ in 0..<150 {
                home.clock.advance(seconds: Int64.random(in: 0...20, using: &random))
                if keys.count < 5 || random.chance(10) {
                    let expiresAt = random.chance(40) ? home.clock.now.adding(seconds: Int64.random(in: 30...500, using: &random)) : nil
                    keys.append(try await ledger.newKey("Mews", metadata: ["a": "b"], expiresAt: expiresAt))
                }
                let key = random.pick(keys)
                switch Int.random(in: 0..<6, using: &random) {
                case 0: _ = try? await ledger.commands.disableKey(key.id, by: .commandLine)
                case 1: _ = try? await ledger.commands.enableKey(key.id, by: .commandLine)
                case 2: _ = try? await ledger.commands.revokeKey(key.id, by: .commandLine)
                case 3: _ = try? await ledger.commands.changeKey(key.id, KeyChange(name: "Guesty"), by: .commandLine)
                case 4: _ = try? await ledger.commands.changeKey(key.id, KeyChange(metadata: [:], expiry: .never), by: .commandLine)
                default: _ = try await ledger.verify(key.secret)
                }
                let log = try ledger.log()
                let fold = Self.fold(log)
                #expect(try Self.states(ledger) == fold)
                let now = try #require(log.last?.event.recordedAt)
                // What was answered then is what the fold says with the clock at that record.
                for key in keys {
                    let state = try #require(fold[key.id])
                    #expect(try ledger.key(key.id)?.status(at: now) == state.status(at: now))
                    #expect((try ledger.verifier.evaluate(key.secret).code == .valid) == (state.status(at: ledger.time.now) == .active))
                }
            }
        }
    }

    @Test func recordsUpToATimeAreAPrefixOfTheLog() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            for step in 0..<30 {
                _ = try await ledger.newKey("\(step)")
                // Several share a time; and once the clock is set back.
                if step.isMultiple(of: 3) { home.clock.advance(seconds: 5) }
                if step == 15 { home.clock.step(seconds: -60) }
            }
            let log = try ledger.log()
            for time in Set(log.map(\.event.recordedAt)) {
                let end = try ledger.reader.position(notBefore: Timestamp(microseconds: time.microseconds + 1))
                #expect(log.prefix(Int(end)).allSatisfy { $0.event.recordedAt <= time })
                #expect(log.dropFirst(Int(end)).allSatisfy { $0.event.recordedAt > time })
            }
        }
    }

    private static func fold(_ log: [Entry]) -> [KeyID: KeyState] {
        var states: [KeyID: KeyState] = [:]
        for entry in log { states[entry.event.keyID] = evolve(states[entry.event.keyID], entry.event, at: entry.position) }
        return states
    }

    private static func states(_ ledger: Ledger) throws -> [KeyID: KeyState] {
        var states: [KeyID: KeyState] = [:]
        for row in try ledger.stateDump()["keys"] ?? [] {
            let state = try StateStore.decode(row.value, KeyID(try #require(Bytes16(row.key))))
            states[state.id] = state
        }
        return states
    }
}

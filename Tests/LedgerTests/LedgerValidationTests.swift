import KeyEvents
import Projections
import TestSupport
import Testing
import Validation

@testable import Ledger

@Suite struct LedgerValidationTests {
    @Test func aPositionAheadIsWaitedForAndThenGivenUp() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let key = try await ledger.newKey()
            #expect(try await ledger.verifier.verify(key.secret, minPosition: 0, actor: .commandLine).isValid)
            let waiting = Task { try await ledger.verifier.verify(key.secret, minPosition: 3, actor: .commandLine) }
            try await Task.sleep(for: .milliseconds(30))
            let disabled = try await ledger.commands.disableKey(key.id, by: .commandLine)
            let enabled = try await ledger.commands.enableKey(key.id, by: .commandLine)
            #expect(disabled.position == 2 && enabled.position == 3)
            #expect(try await waiting.value.isValid)
            // Two seconds of the monotonic clock, which this test moves.
            let late = Task { try await ledger.verifier.verify(key.secret, minPosition: 1000, actor: .commandLine) }
            try await Task.sleep(for: .milliseconds(30))
            home.clock.advance(seconds: 2)
            await #expect(throws: ServiceError.behind(position: 4)) { _ = try await late.value }
        }
    }

    @Test func authorisingSaysWhoAndCountsIt() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let key = try await ledger.newKey(account: .hotel, permissions: [.keysRead])
            let (caller, verdict) = try ledger.verifier.authenticateCaller(key.secret)
            #expect(verdict.isValid && caller?.account == .hotel && caller?.actor == .key(key.id))
            #expect(caller?.permissions.contains(.keysRead) == true && caller?.permissions.contains(.keysWrite) == false)
            _ = try await ledger.commands.disableKey(key.id, by: .commandLine)
            let refused = try ledger.verifier.authenticateCaller(key.secret)
            #expect(refused.caller == nil && refused.verdict.code == .disabled)
            try await ledger.settle()
            // The use, closed by the disabling, and then the refusal.
            #expect(try ledger.types() == ["KeyCreated", "KeyUsed", "KeyDisabled", "KeyRefused"])
            #expect(try ledger.log().compactMap(\.use).allSatisfy { $0.isInternal })
        }
    }

    @Test func aQuestionForWhatNoKeyHasIsTheAskersMistake() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let key = try await ledger.newKey(scopes: ["*"])
            for accessCheck in [
                AccessCheck(scopes: ["a b"]), AccessCheck(scopes: [""]), AccessCheck(scopes: (0..<101).map { "s\($0)" }),
                AccessCheck(environment: "LIVE"),
                AccessCheck(environment: ""),
            ] {
                #expect(throws: ServiceError.self) { try ledger.verifier.evaluate(key.secret, accessCheck) }
                await #expect(throws: ServiceError.self) { _ = try await ledger.verify(key.secret, accessCheck) }
            }
            #expect(try ledger.types() == ["KeyCreated"])
        }
    }

    @Test func whatIsWrongWithATextIsSaid() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let key = try await ledger.newKey()
            #expect(ledger.verifier.malformedMessage(key.secret) == nil)
            #expect(ledger.verifier.malformedMessage(key.secret.dropLast()) == SecretProblem.tooShort.message)
            #expect(ledger.verifier.malformedMessage("other_live_x") == SecretProblem.wrongPrefix(expected: "lhql").message)
        }
    }
}

import KeyEvents
import TestSupport
import Testing
import Validation

@testable import Ledger

/// A denied key is a verdict with a code, never an exception; an error is something the operator mends.
@Suite struct DenialIsAVerdictTests {
    @Test(arguments: [UseRecording.durable, .buffered, .aggregated(window: .seconds(5))])
    func everyDenialIsAVerdict(_ recording: UseRecording) async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger(recording) { ledger in
            let live = try await ledger.newKey(account: .hotel, scopes: ["a:read"])
            let revoked = try await ledger.newKey()
            let expired = try await ledger.newKey(expiresAt: home.clock.now.adding(seconds: 1))
            let disabled = try await ledger.newKey()
            _ = try await ledger.commands.revokeKey(revoked.id, by: .commandLine)
            _ = try await ledger.commands.disableKey(disabled.id, by: .commandLine)
            home.clock.advance(seconds: 1)
            let format = try #require(SecretFormat(prefix: "lhql"))
            let unknown = format.make(environment: "live", random: { 7 }).reveal()
            let denied: [(String, AccessCheck, VerdictCode)] = [
                (revoked.secret, AccessCheck(), .revoked), (expired.secret, AccessCheck(), .expired),
                (disabled.secret, AccessCheck(), .disabled),
                (unknown, AccessCheck(), .notFound), (live.secret, AccessCheck(scopes: ["b:read"]), .insufficientScope),
                (live.secret, AccessCheck(environment: "test"), .notFound), (live.secret, AccessCheck(account: .hostel), .notFound),
            ]
            for (secret, accessCheck, code) in denied {
                let verdict = try await ledger.verifier.verify(secret, accessCheck, actor: .commandLine)
                #expect(verdict.code == code && !verdict.isValid && !verdict.message.isEmpty)
                let authorised = try ledger.verifier.authenticateCaller(secret)
                #expect((authorised.caller == nil) == (accessCheck == AccessCheck()))
            }
            for text in Self.noKeys(live.secret) {
                #expect(try await ledger.verify(text) == .malformed)
                #expect(try ledger.verifier.authenticateCaller(text).caller == nil)
            }
        }
        #expect(home.reports == [])
    }

    /// An error is the operator's to mend: nothing is accepted after it.
    @Test(arguments: [UseRecording.durable, .buffered, .aggregated(window: .seconds(5))])
    func whatCannotBeRecordedIsNotAccepted(_ recording: UseRecording) async throws {
        let home = TestHome(seed: printedSeed())
        let secret = try await home.withLedger(recording) { ledger in
            let key = try await ledger.newKey()
            #expect(try await ledger.verify(key.secret) == .valid)
            ledger.close()
            await #expect(throws: LedgerError.self) { try await ledger.verify(key.secret) }
            await #expect(throws: LedgerError.self) { try await ledger.commands.revokeKey(key.id, by: .commandLine) }
            return key.secret
        }
        try await home.withLedger { ledger in
            let counts = try ledger.log().compactMap { $0.accepted?.count }
            #expect(counts == [1])
            #expect(try await ledger.verify(secret) == .valid)
        }
    }

    private static func noKeys(_ secret: String) -> [String] {
        [
            "", " ", "\u{0}", "lhql", "lhql_live_", String(repeating: "x", count: 10_000), String(repeating: "_", count: 100),
            String(secret.dropLast()), secret + "0", " " + secret, secret + "\n", secret.uppercased(), "other" + secret.dropFirst(4),
            "lhql_live_…" + secret.suffix(4), "日本語\u{301}👩‍👩‍👧", String(secret.reversed()),
        ]
    }
}

import KeyEvents
import TestSupport
import Testing

@testable import Ledger
@testable internal import LedgerQueries

@Suite struct LedgerCommandsTests {
    @Test func badInputChangesNothing() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let now = home.clock.now
            let bad: [(String, CreateKey)] = [
                ("name", CreateKey(name: "")), ("name", CreateKey(name: " \t")),
                ("name", CreateKey(name: String(repeating: "x", count: 10_000))),
                ("name", CreateKey(name: "a\u{1b}[31m")), ("name", CreateKey(name: "a\u{202e}b")),
                ("environment", CreateKey(name: "x", environment: "LIVE")), ("environment", CreateKey(name: "x", environment: "")),
                ("scopes", CreateKey(name: "x", scopes: ["a b"])),
                ("scopes", CreateKey(name: "x", scopes: (0..<101).map { "s\($0)" })),
                ("metadata", CreateKey(name: "x", metadata: ["": ""])),
                ("expiresAt", CreateKey(name: "x", expiresAt: now)),
                ("expiresAt", CreateKey(name: "x", expiresAt: now.adding(seconds: -1))),
            ]
            let before = home.files().map(\.path).sorted()
            for (field, request) in bad {
                let error = await #expect(throws: ServiceError.self) {
                    _ = try await ledger.commands.createKey(request, by: .holder(.hotel))
                }
                guard case .refused(.invalid(field, _)) = error else {
                    Issue.record("\(request): \(String(describing: error))")
                    continue
                }
            }
            #expect(try ledger.log.lastPosition() == nil)
            // But for the expiry, which only the writer judges, not even a data key was made.
            #expect(home.files().map(\.path).sorted().filter { $0 != "vault/hotel.key" } == before)

            let key = try await ledger.newKey()
            for change in [
                KeyChange(name: ""), KeyChange(scopes: ["\u{0}"]), KeyChange(metadata: ["k": "\n"]), KeyChange(expiry: .at(now)),
            ] {
                await #expect(throws: ServiceError.self) { _ = try await ledger.commands.changeKey(key.id, change, by: .commandLine) }
            }
            await #expect(throws: ServiceError.self) { _ = try await ledger.commands.revokeKey(key.id, reasonCode: "NO", by: .commandLine) }
            await #expect(throws: ServiceError.self) { _ = try await ledger.commands.revokeKey(key.id, reason: "\u{7}", by: .commandLine) }
            #expect(try ledger.types() == ["KeyCreated"])
        }
    }

    @Test func revokingTwiceSaysSo() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let key = try await ledger.newKey()
            let first = try await ledger.commands.revokeKey(key.id, reason: "lost", reasonCode: "leaked", by: .commandLine)
            home.clock.advance(seconds: 5)
            let second = try await ledger.commands.revokeKey(key.id, by: .commandLine)
            #expect(first.isChange && !second.isChange && !second.isRepeat)
            #expect(second.position == first.position && second.key.state == first.key.state)
            let entry = try #require(try ledger.log().last)
            #expect(entry.event.body == .revoked(reasonCode: "leaked") && entry.personal?.reason == "lost")
            await #expect(throws: ServiceError.self) {
                try await ledger.commands.revokeKey(key.id, reasonCode: "Not a code", by: .commandLine)
            }
        }
    }

    @Test func everyPieceOfAKeyComesBack() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let expiresAt = home.clock.now.adding(seconds: 60)
            let made = try await ledger.commands.createKey(
                CreateKey(
                    name: "Möwe 🕊", account: .hotel, environment: "test", scopes: ["b:read", "a:*", "b:read"],
                    permissions: [.keysWrite, .keysRead], metadata: ["k": "v"], expiresAt: expiresAt), by: .commandLine)
            let view = try ledger.keys.decryptedKey(made.outcome.key.state.id, for: .holder(.hotel, []))
            #expect(view.state == made.outcome.key.state)
            #expect(view.name == "Möwe 🕊" && view.metadata == ["k": "v"])
            #expect(view.state.accountID == .hotel && view.state.environment == "test" && view.state.scopes == ["b:read", "a:*"])
            #expect(view.state.permissions == [.keysRead, .keysWrite] && view.state.expiresAt == expiresAt)
            #expect(view.state.createdAt == home.clock.now && view.state.createdPosition == 0)
            let secret = try #require(made.secret).reveal()
            #expect(secret.hasPrefix("lhql_test_"))
            #expect(view.state.hint.hasPrefix("lhql_test_…"))
        }
    }

    @Test func onlyWhatDiffersIsRecorded() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let key = try await ledger.newKey("Mews", scopes: ["a:read"], metadata: ["k": "v"])
            let same = KeyChange(name: "Mews", scopes: ["a:read"], metadata: ["k": "v"], expiry: .never)
            #expect(try await ledger.commands.changeKey(key.id, same, by: .commandLine).isChange == false)
            let renamed = try await ledger.commands.changeKey(key.id, KeyChange(name: "Guesty", metadata: ["k": "v"]), by: .commandLine)
            #expect(renamed.isChange && renamed.key.name == "Guesty" && renamed.key.metadata == ["k": "v"])
            let entry = try #require(try ledger.log().last)
            #expect(entry.personal == PersonalFields(name: "Guesty"))
            let cleared = try await ledger.commands.changeKey(key.id, KeyChange(metadata: [:]), by: .commandLine)
            #expect(cleared.key.name == "Guesty" && cleared.key.metadata == [:])
            #expect(try ledger.types() == ["KeyCreated", "KeyChanged", "KeyChanged"])
        }
    }
}

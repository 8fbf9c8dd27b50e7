import Foundation
import KeyEvents
import Projections
import TestSupport
import Testing
import Validation

@testable import Ledger
@testable import LedgerQueries

/// The second of two places that keep secrets out of what is stored: whoever calls the ledger itself, without any surface before it.
@Suite struct SecretsInCommandsTests {
    private static func expectRefusal(
        _ field: String, at location: SourceLocation = #_sourceLocation, _ command: () async throws -> Void
    ) async {
        do {
            try await command()
            Issue.record("carried out", sourceLocation: location)
        } catch ServiceError.refused(.secretInField(field: field, problem: _)) {
        } catch {
            Issue.record("\(error)", sourceLocation: location)
        }
    }

    @Test func commandsAreRefused() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let (id, live) = try await ledger.newKey("victim", account: .hotel)
            let revoked = try await ledger.newKey("ended")
            _ = try await ledger.commands.revokeKey(revoked.id, by: .commandLine)
            let victimName = try ledger.keys.decryptedKey(id, for: .commandLine).name
            let before = try ledger.log.lastPosition()
            for secret in [live, revoked.secret, String(live.dropLast(3)), Data((live + ":").utf8).base64EncodedString()] {
                func create(_ field: String, _ change: (inout CreateKey) -> Void) async {
                    var request = CreateKey(name: "n")
                    change(&request)
                    await Self.expectRefusal(field) { _ = try await ledger.commands.createKey(request, by: .commandLine) }
                }
                await create("name") { $0.name = secret }
                if let account = AccountID(secret) { await create("accountId") { $0.account = account } }
                await create("environment") { $0.environment = secret }
                await create("scopes") { $0.scopes = ["a", secret] }
                await create("metadata") { $0.metadata = ["a": secret] }
                await create("metadata") { $0.metadata = [secret: "a"] }
                await create("ipAllowlist") { $0.ipAllowlist = [secret] }
                for (field, change) in [
                    ("name", KeyChange(name: secret)), ("scopes", KeyChange(scopes: [secret])),
                    ("metadata", KeyChange(metadata: ["a": secret])),
                    ("ipAllowlist", KeyChange(ipAllowlist: [secret])),
                ] {
                    await Self.expectRefusal(field) { _ = try await ledger.commands.changeKey(id, change, by: .commandLine) }
                }
                await Self.expectRefusal("reason") { _ = try await ledger.commands.revokeKey(id, reason: secret, by: .commandLine) }
                await Self.expectRefusal("reasonCode") { _ = try await ledger.commands.revokeKey(id, reasonCode: secret, by: .commandLine) }
                await Self.expectRefusal("reason") { _ = try await ledger.commands.revokeKey(bySecret: live, reason: secret) }
                let named = Caller(
                    actor: Actor(kind: .account, id: "hotel"), account: .hotel, permissions: .init([.keysWrite]), label: secret)
                await Self.expectRefusal("actor") { _ = try await ledger.commands.disableKey(id, by: named) }
                await Self.expectRefusal("actor") { _ = try await ledger.commands.disableKey(id, by: .holder(.hotel, id: secret)) }
                await Self.expectRefusal("scopes") {
                    _ = try await ledger.verifier.verify(live, AccessCheck(scopes: [secret]), actor: .commandLine)
                }
                await Self.expectRefusal("environment") {
                    _ = try await ledger.verifier.verify(live, AccessCheck(environment: secret), actor: .commandLine)
                }
            }
            await Self.expectRefusal("Idempotency-Key") { _ = try await ledger.commands.disableKey(id, by: .commandLine, commandID: live) }
            #expect(try ledger.log.lastPosition() == before)
            #expect(try ledger.verifier.evaluate(live).code == .valid)
            #expect(try ledger.keys.decryptedKey(id, for: .commandLine).name == victimName)
        }
        let names = home.files().map(\.path).filter { $0.hasPrefix("vault/") }
        #expect(!names.contains { $0.contains("lhql") })
    }

    /// The random part of a secret that was replaced is refused without prefix and environment, which may be unusual ones: with the
    /// checksum and without it, within other text, and encoded.
    @Test func theRandomPartAloneIsRefused() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let made = try await ledger.commands.createKey(CreateKey(name: "n", environment: "sandbox7"), by: .commandLine)
            let id = made.outcome.key.state.id
            _ = try await ledger.commands.rotateKey(id, olderRetires: .now, by: .commandLine)
            let tail = try #require(made.secret).reveal().suffix(49)
            let before = try ledger.log.lastPosition()
            for text in [
                String(tail), String(tail.prefix(43)), "live_" + tail.prefix(43), "x\(tail)", "\(tail)x", "key-\(tail.prefix(43)).",
                tail.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(), Data(tail.prefix(43).utf8).base64EncodedString(),
                tail.prefix(20) + "\u{AD}" + tail.dropFirst(20).prefix(23),
            ] {
                func create(_ field: String, _ change: (inout CreateKey) -> Void) async {
                    var request = CreateKey(name: "n")
                    change(&request)
                    await Self.expectRefusal(field) { _ = try await ledger.commands.createKey(request, by: .commandLine) }
                }
                await create("name") { $0.name = text }
                await create("metadata") { $0.metadata = ["a": text] }
                await Self.expectRefusal("name") { _ = try await ledger.commands.changeKey(id, KeyChange(name: text), by: .commandLine) }
                await Self.expectRefusal("reason") { _ = try await ledger.commands.revokeKey(id, reason: text, by: .commandLine) }
                let named = Caller(actor: .commandLine, account: .operator, permissions: .init([.keysWrite]), label: text)
                await Self.expectRefusal("actor") { _ = try await ledger.commands.disableKey(id, by: named) }
                if text.utf8.count <= 64 { await create("metadata") { $0.metadata = [text: "a"] } }
                if let account = AccountID(text) {
                    await create("accountId") { $0.account = account }
                    await Self.expectRefusal("accountId") {
                        _ = try await ledger.accounts.changeAccount(account, AccountRulesChange(keyLimit: .own(1)), by: .commandLine)
                    }
                }
                guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { continue }
                await create("scopes") { $0.scopes = ["a", text] }
                await Self.expectRefusal("grantable") {
                    let change = AccountRulesChange(grantable: .own(["a", text]))
                    _ = try await ledger.accounts.changeAccount(.hotel, change, by: .commandLine)
                }
                await Self.expectRefusal("scopes") { _ = try ledger.verifier.evaluate("x", AccessCheck(scopes: [text])) }
                await Self.expectRefusal("Idempotency-Key") {
                    _ = try await ledger.commands.disableKey(id, by: .commandLine, commandID: text)
                }
            }
            #expect(try ledger.log.lastPosition() == before)
        }
        #expect(!home.files().map(\.path).contains { $0.hasPrefix("vault/") && $0.utf8.count > 60 })
    }

    /// What other systems make up is none, as long as it may be; nor is a part of a key of another ledger.
    @Test func othersIdsAreTaken() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let (id, _) = try await ledger.newKey("n")
            var generator = SplitMix64(seed: 5)
            for count in [16, 32, 43, 48, 64, 96] {
                let bytes = Data((0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) })
                for text in [
                    bytes.base64EncodedString(), bytes.map { String($0, radix: 16) }.joined(),
                    String(bytes.base64EncodedString().filter(\.isLetter)),
                ] {
                    _ = try await ledger.commands.changeKey(id, KeyChange(name: text, metadata: ["id": text]), by: .commandLine)
                    #expect(try ledger.commands.misplacedSecret(in: text) == nil)
                }
            }
        }
    }

    /// A key whose beginnings all look drawn at random: of short ones, one in five reads like a name.
    private static func unmistakableKey(_ ledger: Ledger) async throws -> (id: KeyID, secret: String) {
        var key = try await ledger.newKey("victim", account: .hotel)
        for _ in 0..<200 where !(12...20).allSatisfy({ MisplacedSecret(in: key.secret.prefix(10 + $0) + "", prefix: "lhql") != nil }) {
            key = try await ledger.newKey("victim", account: .hotel)
        }
        return key
    }

    /// A command id that another system made is none, however much it looks like a key of that system; one with a piece of a key is.
    @Test func commandIDsOfOtherSystemsAreTaken() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let (id, secret) = try await Self.unmistakableKey(ledger)
            for text in [
                "sk_live_51HxYzAbCdEfGhIjKlMnOpQr", "pk_live_51HxYzAbCdEfGhIjKlMnOpQrStUvWx9Zk1Lm2No3Pq4R",
                "sk_test_4eC39HqLyjWDarjtT1zdp7dc", "sess_prod_9aZk3LmQ7xT2vB8nC4dF6gH1",
                "arn:aws:cloudformation:eu-west-1:123456789012:stack/my_prod_StackA1b2C3d4E5f6G7h8I9j0/0190b5c2-a3f1",
            ] {
                _ = try await ledger.commands.disableKey(id, by: .commandLine, commandID: text)
            }
            for text in [secret, String(secret.prefix(10 + 12)), "retry-\(secret.prefix(30))", String(secret.suffix(49))] {
                await Self.expectRefusal("Idempotency-Key") {
                    _ = try await ledger.commands.enableKey(id, by: .commandLine, commandID: text)
                }
            }
        }
    }

    /// Behind the ledger's own prefix ten characters are a piece of a key, in whatever a use is recorded with.
    @Test func piecesOfOwnKeysAreRecordedNowhere() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let (_, secret) = try await Self.unmistakableKey(ledger)
            let before = try #require(try ledger.log.lastPosition())
            for piece in (12...19).map({ String(secret.prefix(10 + $0)) }) {
                await Self.expectRefusal("scopes") { _ = try ledger.verifier.evaluate(secret, AccessCheck(scopes: ["a", piece])) }
                let context = UseContext(clientAddress: "192.0.2.7", method: String(piece.prefix(16)), path: "/a/\(piece)/b")
                _ = try await ledger.verifier.verify(secret, context: context, actor: .commandLine)
            }
            for entry in try ledger.log(from: before + 1) {
                #expect(entry.personal?.clientAddress == "192.0.2.7" && entry.personal?.path == nil)
            }
        }
    }

    @Test func whereAUseCameFromIsLeftOut() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let (_, secret) = try await ledger.newKey("victim", account: .hotel)
            let before = try #require(try ledger.log.lastPosition())
            for text in [
                secret, "/a/\(secret)/b", secret.replacing("_", with: "%5F"), String(secret.dropLast(9)),
                String(repeating: "/a", count: 120) + secret, "/a/" + secret.suffix(49), "/" + secret.suffix(49).prefix(43) + "/b",
            ] {
                let context = UseContext(clientAddress: text, method: text, path: text)
                #expect(context == UseContext())
                _ = try await ledger.verifier.verify(secret, context: context, actor: .commandLine)
            }
            let kept = UseContext(clientAddress: "192.0.2.7", method: "GET", path: "/listings/42?key=\(secret)")
            #expect(kept.path == "/listings/42" && kept.method == "GET" && kept.clientAddress == "192.0.2.7")
            for entry in try ledger.log(from: before + 1) { #expect(entry.accepted != nil && (entry.personal?.isEmpty ?? true)) }
        }
    }
}

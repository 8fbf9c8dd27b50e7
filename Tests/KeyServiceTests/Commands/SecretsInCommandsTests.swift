import Foundation
import KeyEvents
import Projections
import Testing
import Validation

@testable import KeyService

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
            _ = try await ledger.revokeKey(revoked.id, by: .commandLine)
            let before = try ledger.lastPosition()
            for secret in [live, revoked.secret, String(live.dropLast(3)), Data((live + ":").utf8).base64EncodedString()] {
                func create(_ field: String, _ change: (inout CreateKey) -> Void) async {
                    var request = CreateKey(name: "n")
                    change(&request)
                    await Self.expectRefusal(field) { _ = try await ledger.createKey(request, by: .commandLine) }
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
                    await Self.expectRefusal(field) { _ = try await ledger.changeKey(id, change, by: .commandLine) }
                }
                await Self.expectRefusal("reason") { _ = try await ledger.revokeKey(id, reason: secret, by: .commandLine) }
                await Self.expectRefusal("reasonCode") { _ = try await ledger.revokeKey(id, reasonCode: secret, by: .commandLine) }
                await Self.expectRefusal("reason") { _ = try await ledger.revokeKey(bySecret: live, reason: secret) }
                let named = Caller(
                    actor: Actor(kind: .account, id: "hotel"), account: .hotel, permissions: .init([.keysWrite]), label: secret)
                await Self.expectRefusal("actor") { _ = try await ledger.disableKey(id, by: named) }
                await Self.expectRefusal("actor") { _ = try await ledger.disableKey(id, by: .holder(.hotel, id: secret)) }
                await Self.expectRefusal("scopes") { _ = try await ledger.verify(live, Question(scopes: [secret]), actor: .commandLine) }
                await Self.expectRefusal("environment") {
                    _ = try await ledger.verify(live, Question(environment: secret), actor: .commandLine)
                }
            }
            await Self.expectRefusal("Idempotency-Key") { _ = try await ledger.disableKey(id, by: .commandLine, commandID: live) }
            #expect(try ledger.lastPosition() == before)
            #expect(try ledger.check(live).code == .valid)
        }
        let names = home.files().map(\.path).filter { $0.hasPrefix("vault/") }
        #expect(!names.contains { $0.contains("lhql") })
    }

    @Test func whereAUseCameFromIsLeftOut() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let (_, secret) = try await ledger.newKey("victim", account: .hotel)
            let before = try #require(try ledger.lastPosition())
            for text in [
                secret, "/a/\(secret)/b", secret.replacing("_", with: "%5F"), String(secret.dropLast(9)),
                String(repeating: "/a", count: 120) + secret,
            ] {
                let context = UseContext(clientAddress: text, method: text, path: text)
                #expect(context == UseContext())
                _ = try await ledger.verify(secret, context: context, actor: .commandLine)
            }
            let kept = UseContext(clientAddress: "192.0.2.7", method: "GET", path: "/listings/42?key=\(secret)")
            #expect(kept.path == "/listings/42" && kept.method == "GET" && kept.clientAddress == "192.0.2.7")
            for entry in try ledger.log(from: before + 1) { #expect(entry.accepted != nil && (entry.personal?.isEmpty ?? true)) }
        }
    }
}

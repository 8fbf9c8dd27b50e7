import HTTPTypes
import KeyEvents
import Ledger
import Testing

@testable import Dashboard

/// Before a key is revoked that calls Keyledger itself, the page says what stops with it.
@Suite struct ServiceKeyTests {
    @Test func whatStopsWithAServicesKeyIsSaidBefore() async throws {
        try await Site.run { site in
            let gateway = try await site.key("gateway", account: "operator", permissions: [.verify])
            let script = try await site.key("script", permissions: [.keysRead, .keysWrite])
            let plain = try await site.key("plain", scopes: ["listings:read"])
            let anna = try site.signedIn(.link)
            func question(_ id: KeyID) async throws -> String { try await anna.get(Dashboard.base + "/keys/\(id)/revoke").text }
            #expect(try await question(gateway.id).contains("A service checks other keys with this one (verify)"))
            #expect(try await question(script.id).contains("Something manages keys with this one (keys.read, keys.write)"))
            let other = try await question(plain.id)
            #expect(other.contains("<h1>Revoke this key?</h1>") && !other.contains("with this one"))

            let ids = [gateway.id, plain.id].map { "id=\($0)" }.joined(separator: "&")
            let several = try await anna.get(BulkRevokePage.path + "?" + ids).text
            #expect(several.contains("<bdi>gateway</bdi>:</strong> A service checks other keys"))
            #expect(!several.contains("<bdi>plain</bdi>:</strong>"))
        }
    }
}

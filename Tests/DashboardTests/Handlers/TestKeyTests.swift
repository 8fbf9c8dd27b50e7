import KeyEvents
import Ledger
import LedgerQueries
import Projections
import TestSupport
import Testing

@testable import Dashboard

/// A key is tested without its secret and without a call: the verdict is the one that a call would get, and nothing is counted.
@Suite struct TestKeyTests {
    private static func path(_ id: KeyID) -> String { Dashboard.base + "/keys/\(id)/test" }

    private static func verdict(_ page: Browser.Page) -> String? {
        page.text.firstMatch(of: /<h2>(?:The call is [a-z]+|It depends on the address)\. <code>([A-Z_]+)<\/code>/).map { String($0.1) }
    }

    private static func states(_ page: Browser.Page) -> [String] { page.text.matches(of: /check check-(\w+)/).map { String($0.1) } }

    private static func key(_ site: Site, _ request: CreateKey) async throws -> KeyID {
        try await site.ledger.commands.createKey(request, by: .commandLine).outcome.key.state.id
    }

    @Test func theVerdictIsThatOfACall() async throws {
        try await Site.run { site in
            let acme = try #require(AccountID("acme"))
            let id = try await Self.key(
                site,
                CreateKey(
                    name: "sync", account: acme, environment: "test", scopes: ["listings:read"], ipAllowlist: ["192.0.2.0/24"],
                    expiresAt: site.now.adding(seconds: 1000)))
            let anna = try site.visitor("acme")
            let cases: [([(String, String)], String, Int)] = [
                ([("environment", "live")], "NOT_FOUND", 0), ([("environment", "test")], "IP_NOT_ALLOWED", 4),
                ([("address", "198.51.100.1")], "IP_NOT_ALLOWED", 4), ([("address", "192.0.2.9")], "VALID", 6),
                ([("address", "192.0.2.9"), ("scopes", "listings:read listings:write")], "INSUFFICIENT_SCOPE", 5),
                ([("address", "192.0.2.9"), ("scopes", "listings:read"), ("environment", "test")], "VALID", 6),
            ]
            for (fields, code, failing) in cases {
                let page = try await anna.post(Self.path(id), fields)
                #expect(page.status == 200 && Self.verdict(page) == code, "\(fields)")
                let expected = (0..<6).map { $0 < failing ? "ok" : $0 == failing ? "wrong" : "skipped" }
                #expect(Self.states(page) == expected, "\(fields)")
                for (_, value) in fields { #expect(page.text.contains(value)) }
            }
            // Nobody is answered before they ask.
            let shown = try await anna.get(Self.path(id))
            #expect(Self.verdict(shown) == nil && Self.states(shown).isEmpty && shown.text.contains("name=\"environment\" value=\"test\""))
            func asked(_ id: KeyID) async throws -> String? { Self.verdict(try await anna.post(Self.path(id), [])) }
            #expect(try await asked(id) == "IP_NOT_ALLOWED")
            // An address that nobody has given is none that the key is refused from.
            let open = try await anna.post(Self.path(id), [])
            #expect(open.text.contains("It depends on the address.") && !open.text.contains("The call is refused."))
            let foreign = try await anna.post(Self.path(id), [("address", "198.51.100.1")])
            #expect(foreign.text.contains("The call is refused."))
            // However people write an environment.
            let written = try await anna.post(Self.path(id), [("environment", " TEST "), ("address", "192.0.2.9")])
            #expect(Self.verdict(written) == "VALID" && written.text.contains("value=\"test\""))
            _ = try await site.ledger.commands.disableKey(id, reason: nil, by: .commandLine)
            #expect(try await asked(id) == "DISABLED")
            site.advance(seconds: 1001)
            #expect(try await asked(id) == "EXPIRED")
            let other = try await site.key("other")
            _ = try await site.ledger.commands.revokeKey(other.id, by: .commandLine)
            #expect(try await asked(other.id) == "REVOKED")
            // Nothing is counted, as a use or as a refusal.
            let usage = try site.ledger.keys.usage(of: id, for: .commandLine).usage
            #expect(usage.counts.uses == 0 && usage.counts.refused == 0)
        }
    }

    @Test func whatIsNoneIsSaid() async throws {
        try await Site.run { site in
            let key = try await site.key("sync")
            let anna = try site.visitor("acme")
            for (name, value) in [("address", "nowhere"), ("environment", "No such one"), ("scopes", "a\\b"), ("scopes", "*:x")] {
                let page = try await anna.post(Self.path(key.id), [(name, value)])
                #expect(page.status == 422 && page.text.contains("id=\"\(name)-error\"") && Self.verdict(page) == nil, "\(name) \(value)")
            }
            // The fields take no key, and keys of others are none.
            let pasted = try await anna.post(Self.path(key.id), [("scopes", key.secret)])
            #expect(pasted.status == 400 && !pasted.text.contains(key.secret))
            #expect(try await site.visitor("other").get(Self.path(key.id)).status == 404)
            #expect(try await site.visitor("other").post(Self.path(key.id), []).status == 404)
            #expect(try await site.stranger.get(Self.path(key.id)).status == 303)
        }
    }
}

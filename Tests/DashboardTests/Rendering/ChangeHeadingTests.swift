import KeyEvents
import Ledger
import Testing

@testable import Dashboard

/// What is said of a change in one line names all of it, the gravest first.
@Suite struct ChangeHeadingTests {
    @Test func everythingThatWasChangedIsNamed() async throws {
        try await Site.run { site in
            let later = site.now.adding(seconds: 90_000)
            let latest = site.now.adding(seconds: 180_000)
            let steps: [(change: KeyChange, heading: String, isWidening: Bool)] = [
                (KeyChange(name: "b"), "Renamed to “b”", false),
                (KeyChange(name: "c", scopes: ["a:read", "a:write"]), "Scopes widened, renamed to “c”", true),
                (KeyChange(scopes: ["a:*"]), "Scopes widened", true), (KeyChange(scopes: ["a:read"]), "Scopes narrowed", false),
                (KeyChange(scopes: ["b:read"]), "Scopes widened", true),
                (KeyChange(name: "d", permissions: [.keysRead]), "Permissions widened, renamed to “d”", true),
                (KeyChange(permissions: [.admin]), "Permissions widened", true),
                (KeyChange(permissions: [.keysRead]), "Permissions narrowed", false),
                (KeyChange(ipAllowlist: ["192.0.2.0/24"]), "Restricted to certain addresses", false),
                (KeyChange(name: "e", ipAllowlist: ["192.0.2.0/24", "2001:db8::/32"]), "Allowed addresses widened, renamed to “e”", true),
                (KeyChange(ipAllowlist: ["192.0.2.7"]), "Allowed addresses narrowed", false),
                (KeyChange(metadata: ["a": "b"], ipAllowlist: []), "Any address allowed, metadata changed", true),
                (KeyChange(expiry: .at(later)), "Expiry set", false),
                (KeyChange(name: "f", expiry: .at(latest)), "Expiry put off, renamed to “f”", true),
                (KeyChange(scopes: ["b:read", "c:read"], expiry: .at(later)), "Scopes widened, expiry brought forward", true),
                (
                    KeyChange(name: "g", scopes: [], metadata: [:], expiry: .never),
                    "Expiry removed, scopes narrowed, metadata changed, renamed to “g”", true
                ),
            ]
            let key = try await site.key("a", scopes: ["a:read"])
            for step in steps { _ = try await site.ledger.commands.changeKey(key.id, step.change, by: .commandLine) }
            let anna = try site.visitor("acme")
            let history = try await anna.get(Dashboard.base + "/keys/\(key.id)").text
                .matches(of: /<li class="event event-([a-z]+)">\s*<p class="event-title">([^<]*)</).map {
                    (String($0.output.1), String($0.output.2))
                }
            let activity = try await anna.get(Dashboard.base + "/activity?what=changed").text
                .matches(of: /<span class="outcome outcome-([a-z]+)">([^<]*)</).map { (String($0.output.1), String($0.output.2)) }
            for shown in [Array(history.dropLast()), activity] {
                #expect(shown.map(\.1) == steps.reversed().map(\.heading))
                #expect(shown.map(\.0) == steps.reversed().map { $0.isWidening ? "widened" : "changed" })
            }
        }
    }
}

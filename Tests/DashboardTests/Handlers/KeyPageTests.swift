import KeyEvents
import Ledger
import LedgerQueries
import Testing
import Validation

@testable import Dashboard

/// What the page of a key says of it.
@Suite struct KeyPageTests {
    private static var notice: Regex<Substring> { /<div class="notice/ }

    private static func page(_ browser: Browser, _ id: KeyID) async throws -> String {
        let page = try await browser.get(Dashboard.base + "/keys/\(id)")
        #expect(page.status == 200)
        return page.text
    }

    @Test func whoCreatedAKeyIsSaid() async throws {
        try await Site.run { site in
            let anna = try site.visitor("acme", subject: "anna")
            let made = try await anna.post(Dashboard.base + "/keys", [("name", "Mews"), ("commandId", "0123456789abcdef")])
            #expect(made.status == 200)
            let id = try #require(try site.ledger.keys.listKeys(for: .commandLine, limit: 1).first).key.state.id
            #expect(try await Self.page(anna, id).contains("by <bdi>anna</bdi></dd>"))
            let other = try await site.key("by the operator")
            #expect(try await Self.page(anna, other.id).contains("by <bdi>the operator</bdi></dd>"))
        }
    }

    @Test func aTestKeyIsMarkedAsOne() async throws {
        try await Site.run { site in
            let live = try await site.key("live")
            let test = try await site.ledger.commands.createKey(
                CreateKey(name: "test", account: AccountID("acme"), environment: "test"), by: .commandLine)
            let anna = try site.visitor("acme")
            #expect(try await Self.page(anna, live.id).contains("environment-live"))
            #expect(try await Self.page(anna, test.outcome.key.state.id).contains("environment-test"))
        }
    }

    /// What becomes of a key while its page is open is in the live figures: what is said of it, and by the status what is offered no more.
    @Test func theOpenPageIsToldWhatBecameOfTheKey() async throws {
        try await Site.run { site in
            let (key, other) = (try await site.key("a"), try await site.key("b"))
            let anna = try site.visitor("acme")
            let page = try await Self.page(anna, key.id)
            #expect(page.contains("<div class=\"actions\" data-offered=\"active disabled\">"))
            #expect(page.contains("<details class=\"rename switch\" data-offered=\"active\">"))
            #expect(page.contains("<details class=\"rename switch is-off\" data-offered=\"disabled\">"))
            func live(_ status: String) async throws -> String {
                try await anna.get(Dashboard.base + "/keys/\(key.id)/live?mark=earlier&status=\(status)").text
            }
            #expect(try await !live("active").contains("data-part=\"banner\""))
            _ = try await site.ledger.commands.disableKey(key.id, by: .commandLine)
            #expect(try await live("active").contains("This key is disabled"))
            #expect(try await !live("disabled").contains("data-part=\"banner\""))
            #expect(try await Self.page(anna, key.id).contains("<details class=\"rename switch\" data-offered=\"disabled\">"))
            _ = try await site.ledger.commands.enableKey(key.id, by: .commandLine)
            #expect(try await live("disabled").contains("This key is active: it is accepted."))
            _ = try await site.ledger.commands.revokeKey(key.id, by: .commandLine)
            let revoked = try await live("active")
            #expect(revoked.contains("data-status=\"revoked\"") && revoked.contains("This key was revoked on 15 Jan 2027"))
            #expect(!revoked.contains("data-live-path"))
            // The row of a list offers what can be done.
            let rows = try await anna.get(Dashboard.base + "/keys/live?ids=\(key.id),\(other.id)").text
            #expect(!rows.contains("/keys/\(key.id)/revoke") && rows.contains("/keys/\(other.id)/revoke") && rows.contains("badge-revoked"))
        }
    }

    /// A key that has ended does not "expire", is not live, and leads to a new one; what was just done is said once.
    @Test func aKeyThatHasEndedSaysSoOnce() async throws {
        try await Site.run { site in
            let (key, expiring) = (try await site.key("revoked"), try await site.key("expired", expiresIn: 600))
            let anna = try site.visitor("acme")
            let before = try await Self.page(anna, key.id)
            #expect(before.contains(">Expires</h2>") && before.contains("data-live-path") && before.matches(of: Self.notice).isEmpty)
            _ = try await anna.post(Dashboard.base + "/keys/\(key.id)/revoke", [])
            #expect(try await Self.page(anna, key.id).matches(of: Self.notice).count == 1)
            let after = try await Self.page(anna, key.id)
            #expect(after.matches(of: Self.notice).count == 1 && after.contains("This key was revoked on 15 Jan 2027"))
            #expect(after.contains("<a href=\"\(Dashboard.base)/keys/new\">Create a new one</a>"))
            #expect(after.contains(">Revoked</h2>") && !after.contains(">Expires</h2>") && !after.contains("data-live" + "-path"))
            site.advance(seconds: 600)
            let expired = try await Self.page(anna, expiring.id)
            #expect(expired.contains(">Expired</h2>") && !expired.contains(">Expires</h2>"))
            let reader = try site.signedIn(.key(try await site.key("reader", permissions: [.keysRead]).id, secret: 1))
            #expect(try await !Self.page(reader, key.id).contains("Create a new one"))
        }
    }

    /// However often a key was used, its history is what was done to it.
    @Test func usesAreNoHistory() async throws {
        try await Site.run { site in
            let key = try await site.key("busy")
            for _ in 0..<60 {
                site.advance(seconds: 3600)
                _ = try await site.ledger.verifier.verify(key.secret, actor: .commandLine)
            }
            let page = try await Self.page(try site.visitor("acme"), key.id)
            let history = try #require(page.ranges(of: "<ol class=\"timeline\">").first.map { page[$0.upperBound...] })
            #expect(history.contains("Created as “busy”") && !history.contains("1 use"))
            #expect(page.ranges(of: "outcome-accepted").count == 8 && page.contains("/keys/\(key.id)/requests"))
        }
    }

    @Test func theHistoryIsPaged() async throws {
        try await Site.run { site in
            let key = try await site.key("n0")
            for number in 1...90 { _ = try await site.ledger.commands.changeKey(key.id, KeyChange(name: "n\(number)"), by: .commandLine) }
            let anna = try site.visitor("acme")
            var path: String? = Dashboard.base + "/keys/\(key.id)"
            var titles: [String] = []
            while let current = path {
                let page = try await anna.get(current).text
                titles += page.matches(of: /<p class="event-title">([^<]*)</).map { String($0.1) }
                path = page.firstMatch(of: /href="([^"]*before=[^"]*)">Older/).map { String($0.1) }
            }
            #expect(titles == (1...90).reversed().map { "Renamed to “n\($0)”" } + ["Created as “n0”"])
        }
    }
}

import Bytes
import Foundation
import HTTPTypes
import KeyEvents
import Ledger
import LedgerQueries
import TestSupport
import Testing
import Validation

@testable import Dashboard

/// The table of keys: its filters, its pages, and that the other pages lead back to it.
@Suite struct KeysPageTests {
    private static let base = Dashboard.base

    /// Makes a key with what the filters look at.
    @discardableResult
    static func make(
        _ site: Site, _ name: String, account: String = "acme", environment: String = "live", scopes: [String] = [],
        metadata: [String: String] = [:], expiresIn seconds: Int64? = nil
    ) async throws -> KeyID {
        let made = try await site.ledger.commands.createKey(
            CreateKey(
                name: name, account: AccountID(account), environment: environment, scopes: scopes, metadata: metadata,
                expiresAt: seconds.map { site.now.adding(seconds: $0) }), by: .commandLine)
        return made.outcome.key.state.id
    }

    /// The names in the table, from top to bottom.
    static func names(_ page: Browser.Page) -> [String] {
        page.text.matches(of: /class="key-name"[^>]*>([^<]*)</).map { String($0.1) }
    }

    private static func shown(_ browser: Browser, _ query: String) async throws -> Set<String> {
        let page = try await browser.get(base + query)
        #expect(page.status == 200)
        return Set(names(page))
    }

    @Test func filtersStandInTheAddressAndCombine() async throws {
        try await Site.run { site in
            let day: Int64 = 86_400
            let used = try await site.key("Used")
            try await Self.make(site, "Test sync", environment: "test", expiresIn: 200 * day)
            try await Self.make(site, "Soon over", expiresIn: 100 * day)
            try await Self.make(site, "Other", account: "other", environment: "test")
            let revoked = try await site.key("Revoked")
            let disabled = try await site.key("Disabled")
            _ = try await site.ledger.commands.revokeKey(revoked.id, by: .commandLine)
            _ = try await site.ledger.commands.disableKey(disabled.id, by: .commandLine)
            site.advance(seconds: 91 * day)
            _ = try await site.ledger.verifier.verify(used.secret, actor: .commandLine)
            let anna = try site.visitor("acme")
            for (query, names) in [
                ("", ["Used", "Test sync", "Soon over", "Disabled"]), ("?status=active", ["Used", "Test sync", "Soon over"]),
                ("?status=disabled", ["Disabled"]), ("?status=revoked", ["Revoked"]), ("?status=expired", []),
                ("?status=all", ["Used", "Test sync", "Soon over", "Disabled", "Revoked"]), ("?environment=test", ["Test sync"]),
                ("?environment=live&status=active", ["Used", "Soon over"]), ("?expiring=soon", ["Soon over"]),
                ("?unused=90d", ["Test sync", "Soon over", "Disabled"]), ("?unused=90d&expiring=soon&environment=test", []),
                ("?unused=90d&q=sync+test", ["Test sync"]),
                // What nobody knows is left out, and an account sees its own keys alone.
                ("?status=x&environment=%3Cb%3E&expiring=x&unused=x&sort=x&page=x", ["Used", "Test sync", "Soon over", "Disabled"]),
                ("?account=other&sort=account", ["Used", "Test sync", "Soon over", "Disabled"]),
            ] {
                #expect(try await Self.shown(anna, query) == Set(names), "\(query)")
            }
            let operators = try site.signedIn(.link)
            #expect(try await Self.shown(operators, "?account=other") == ["Other"])
            #expect(try await Self.shown(operators, "?q=other+te") == ["Other"])
            #expect(try await Self.shown(operators, "?account=none") == [])
            // Each status says how many keys it shows, and what is set can be taken back.
            let page = try await anna.get(Self.base + "?environment=live&sort=name&order=asc")
            for (label, count, query) in [
                ("In force", 3, ""), ("Active", 2, "status=active&amp;"), ("Disabled", 1, "status=disabled&amp;"),
                ("Revoked", 1, "status=revoked&amp;"), ("All", 4, "status=all&amp;"),
            ] {
                let current = query.isEmpty ? " aria-current=\"true\"" : ""
                let link = "<a href=\"\(Self.base)?\(query)environment=live&amp;sort=name&amp;order=asc\"\(current)>\(label) "
                #expect(page.text.contains(link + "<span class=\"statuses-count\">\(count)</span></a>"), "\(label)")
            }
            #expect(page.text.contains("<a class=\"chip\" href=\"\(Self.base)?sort=name&amp;order=asc\">"))
            #expect(page.text.contains("<span class=\"vh\">Take away the filter </span><bdi>Environment Live</bdi>"))
        }
    }

    @Test func theFormLeadsToTheAddressOfItsFilters() async throws {
        try await Site.run { site in
            let key = try await site.key("one")
            let operators = try site.signedIn(.link)
            let fields = [
                ("q", "a b"), ("status", "all"), ("environment", "test"), ("account", " acme "), ("expiring", "soon"), ("unused", "90d"),
                ("sort", "name"), ("order", "desc"),
            ]
            let query = "?q=a%20b&status=all&environment=test&account=acme&expiring=soon&unused=90d&sort=name&order=desc"
            #expect(try await operators.post(Self.base + "/search", fields).location == Self.base + query)
            let none = [("q", ""), ("environment", ""), ("account", "")]
            #expect(try await operators.post(Self.base + "/search", none).location == Self.base)
            // A key in the field for accounts is refused, also the part of it that no rule can tell, and what is no account is said.
            for secret in [key.secret, String(key.secret.split(separator: "_")[2])] {
                let refused = try await operators.post(Self.base + "/search", [("account", secret)])
                #expect(refused.status == 400 && !refused.text.contains(secret))
            }
            #expect(try await operators.post(Self.base + "/search", [("account", "no such thing")]).location == Self.base)
            #expect(try await operators.get(Self.base).text.contains("so keys of all accounts are shown"))
        }
    }

    @Test func wordsAreFoundWithoutCaseAndAccents() async throws {
        try await Site.run { site in
            try await Self.make(site, "Ünïcödé Straße", scopes: ["reports:read"], metadata: ["owner": "Zoë"])
            try await Self.make(site, "unicode")
            let anna = try site.visitor("acme")
            for (text, names) in [
                ("unicode", ["Ünïcödé Straße", "unicode"]), ("STRASSE uni", ["Ünïcödé Straße"]), ("zoe", ["Ünïcödé Straße"]),
                ("reports zoe", ["Ünïcödé Straße"]), ("strasse none", []), ("acme", []),
            ] {
                #expect(try await Self.shown(anna, "?q=" + Form.encode(text)) == Set(names), "\(text)")
            }
        }
    }

    @Test func uWithADotSortsWithU() async throws {
        try await Site.run { site in
            for name in ["Zulu", "über", "Uhr", "ubahn", "Uhr"] { try await Self.make(site, name) }
            let page = try await site.visitor("acme").get(Self.base + "?sort=name&order=asc")
            #expect(Self.names(page) == ["ubahn", "über", "Uhr", "Uhr", "Zulu"])
        }
    }

    @Test func pagesCanBeJumpedTo() async throws {
        try await Site.run { site in
            for number in 0..<101 { try await Self.make(site, "Key \(number)") }
            let anna = try site.visitor("acme")
            let first = try await anna.get(Self.base + "?sort=name&order=desc")
            #expect(Self.names(first).count == 50 && first.text.contains("1–50 of 101"))
            #expect(!first.text.contains(">First<") && !first.text.contains(">Previous<"))
            #expect(first.text.contains("href=\"\(Self.base)?sort=name&amp;order=desc&amp;page=3\">Last</a>"))
            #expect(first.text.contains("<input type=\"hidden\" name=\"sort\" value=\"name\">"))
            #expect(first.text.contains("name=\"page\" value=\"1\" min=\"1\" max=\"3\""))
            let last = try await anna.get(Self.base + "?sort=name&order=desc&page=3")
            #expect(Self.names(last).count == 1 && !last.text.contains(">Last<") && !last.text.contains(">Next<"))
            #expect(try await anna.get(Self.base + "?page=4").text.contains("There is no such page"))
            #expect(try await !site.visitor("other").get(Self.base).text.contains("name=\"page\""))
        }
    }

    /// Whatever page one goes to from the list, it leads back to the same list; each session has its own.
    @Test func otherPagesLeadBackToTheSameList() async throws {
        try await Site.run { site in
            let key = try await site.key("one")
            let (anna, bert) = (try site.visitor("acme"), try site.visitor("acme", subject: "bert"))
            _ = try await anna.get(Self.base + "?q=o+n&status=all&sort=name&order=desc&page=7")
            let list = Self.base + "?q=o%20n&amp;status=all&amp;sort=name&amp;order=desc&amp;page=7"
            let path = Self.base + "/keys/\(key.id)"
            #expect(try await anna.get(path).text.contains("href=\"\(list)#\(key.id)\""))
            #expect(try await anna.get(path + "/revoke?from=list").text.contains("href=\"\(list)#\(key.id)\">Cancel</a>"))
            #expect(try await anna.get(path + "/revoke").text.contains("href=\"\(path)\">Cancel</a>"))
            #expect(try await anna.get(Self.base + "/keys/new").text.contains("href=\"\(list)\">Cancel</a>"))
            let made = try await anna.post(Self.base + "/keys", [("commandId", "0123456789abcdef"), ("name", "two")])
            #expect(made.text.contains("href=\"\(list)\">Done</a>"))
            #expect(try await anna.get(Self.base + "/keys/none").text.contains("href=\"\(list)\""))
            #expect(try await bert.get(path).text.contains("href=\"\(Self.base)#\(key.id)\""))
            // An address is made of what it means: nothing else of it comes back.
            _ = try await anna.get(Self.base + "?q=%22%3E&junk=%2F%2Fevil.example&status=evil")
            #expect(try await anna.get(path).text.contains("href=\"\(Self.base)?q=%22%3E#\(key.id)\""))
        }
    }

    @Test func theTableSaysWhereAKeyWasLastUsedFrom() async throws {
        try await Site.run { site in
            let (key, quiet) = (try await site.key("one"), try await site.key("quiet"))
            let anna = try site.visitor("acme")
            func use(_ secret: String, from address: String?) async throws {
                let check = AccessCheck(address: address.flatMap { IPAddress($0) })
                _ = try await site.ledger.verifier.verify(secret, check, actor: .commandLine)
            }
            func addresses() async throws -> [String] {
                try await anna.get(Self.base).text.matches(of: /from <bdi>([^<]*)</).map { String($0.1) }
            }
            #expect(try await addresses() == [])
            try await use(key.secret, from: "192.0.2.1")
            site.advance(seconds: 100)
            try await use(key.secret, from: "203.0.113.7")
            try await use(quiet.secret, from: nil)
            #expect(try await addresses() == ["203.0.113.7"])
            // What happened since changes nothing: neither a new name nor a refusal.
            site.advance(seconds: 100)
            _ = try await site.ledger.commands.changeKey(key.id, KeyChange(name: "two"), by: .commandLine)
            _ = try await site.ledger.commands.disableKey(key.id, by: .commandLine)
            try await use(key.secret, from: "198.51.100.9")
            #expect(try await addresses() == ["203.0.113.7"])
            #expect(try await site.ledger.accounts.erasePersonalFields(of: try #require(AccountID("acme"))))
            #expect(try await addresses() == [])
        }
    }

    @Test func eachRowSaysItsEnvironment() async throws {
        try await Site.run { site in
            for environment in ["live", "test", "staging"] { try await Self.make(site, environment, environment: environment) }
            let page = try await site.visitor("acme").get(Self.base)
            for (kind, text) in [("live", "Live"), ("test", "Test"), ("other", "Staging")] {
                #expect(page.text.contains("<span class=\"env env-\(kind)\"><span class=\"vh\">Environment: </span>\(text)</span>"))
            }
        }
    }

    /// An open list asks whether there are newer keys of those that it shows.
    @Test func newKeysAreToldOf() async throws {
        try await Site.run { site in
            let first = try await site.key("Sync one")
            site.advance(seconds: 5)
            let anna = try site.visitor("acme")
            func live(_ query: String) async throws -> String {
                let page = try await anna.get(Dashboard.base + query).text
                #expect(page.contains("<p data-part=\"new-keys\"></p>"))
                return try #require(page.firstMatch(of: /data-live-path="([^"]*)"/)).1.replacing("&amp;", with: "&") + "&ids=\(first.id)"
            }
            let (all, matching, others) = (try await live(""), try await live("?q=sync"), try await live("?q=one"))
            func news(_ path: String) async throws -> String? {
                try await anna.get(path).text.firstMatch(of: /<p data-part="new-keys"><a [^>]*>([^<]*)</).map { String($0.1) }
            }
            #expect(try await news(all) == nil)
            site.advance(seconds: 5)
            _ = try await site.key("Sync two")
            let third = try await site.key("Mews")
            _ = try await site.key("Sync of others", account: "bolt")
            #expect(try await news(all) == "2 new keys – show")
            #expect(try await news(matching) == "1 new key – show")
            #expect(try await news(others) == nil)
            // What stands on the page already is not new.
            #expect(try await news(all + ",\(third.id)") == "1 new key – show")
            #expect(try await news(Dashboard.base + "/keys/live?since=junk&ids=\(first.id)") == nil)
        }
    }

    /// A key does not disappear from the list in the moment in which somebody revokes it: they see it there, as revoked, for a while.
    @Test func whatOneRevokesStaysInSightForAWhile() async throws {
        try await Site.run { site in
            var ids: [KeyID] = []
            for name in ["Sync Airbnb", "Sync Booking", "Sync Mews"] {
                ids.append(try await site.key(name).id)
                site.advance(seconds: 1)
            }
            let (anna, bert) = (try site.visitor("acme"), try site.visitor("acme", subject: "bert"))
            func shown(_ browser: Browser, _ path: String = "") async throws -> [String] {
                let page = try await browser.get(Dashboard.base + path).text
                return page.matches(of: /class="is-([a-z]+)"[\s\S]*?title="([^"]*)"/).map { "\($0.output.2) \($0.output.1)" }
            }
            _ = try await shown(anna, "?q=sync")
            #expect(try await anna.post(Dashboard.base + "/keys/\(ids[0])/revoke", [("from", "list")]).status == 303)
            for path in ["", "?q=sync"] {
                #expect(try await shown(anna, path) == ["Sync Airbnb revoked", "Sync Mews active", "Sync Booking active"], "\(path)")
            }
            #expect(try await anna.get(Dashboard.base).text.contains("1–2 of 2, and 1 revoked just now"))
            // Another filter, and another person, are shown what they ask for.
            #expect(try await shown(anna, "?q=mews") == ["Sync Mews active"])
            #expect(try await shown(anna, "?status=active") == ["Sync Mews active", "Sync Booking active"])
            #expect(try await shown(bert) == ["Sync Mews active", "Sync Booking active"])
            let others = ids.dropFirst().map { ("id", $0.description) }
            #expect(try await anna.post(BulkRevokePage.path, others).status == 303)
            #expect(try await Set(shown(anna)) == ["Sync Airbnb revoked", "Sync Booking revoked", "Sync Mews revoked"])
            site.advance(seconds: KeyEnding.lifetime.wholeSeconds)
            #expect(try await shown(anna).isEmpty)
        }
    }
}

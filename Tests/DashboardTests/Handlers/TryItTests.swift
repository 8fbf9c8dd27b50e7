import KeyEvents
import Ledger
import TestSupport
import Testing

@testable import Dashboard

/// A new key can be tried at once, on an address that the operator names and on no other.
@Suite struct TryItTests {
    private static let base = Dashboard.base
    private static var secret: Regex<Substring> { /lhql_(?:live|test)_[0-9A-Za-z]{40,}/ }

    private static func create(_ browser: Browser, _ fields: [(String, String)] = []) async throws -> Browser.Page {
        try await browser.post(
            base + "/keys", [("commandId", "0123456789abcdef0123456789abcdef"), ("name", "sync"), ("expiry", "never")] + fields)
    }

    @Test func withoutAnAddressThereIsNoExample() async throws {
        try await Site.run { site in
            let page = try await Self.create(site.visitor("acme"), [("scope", "listings:read")])
            #expect(page.status == 200 && !page.text.contains("Try it") && !page.text.contains("example.com"))
            #expect(page.text.matches(of: Self.secret).count == 1)
        }
    }

    @Test func eachCommandHoldsTheKeyAndTheAddress() async throws {
        let configure: @Sendable (inout DashboardSettings) -> Void = {
            $0.exampleURL = "https://listings.acme.test/v1/listings?limit=2&order=a"
        }
        try await Site.run(configure: configure) { site in
            let anna = try site.visitor("acme")
            let created = try await Self.create(anna, [("scope", "listings:read")])
            let id = try #require(created.text.firstMatch(of: /keys\/(key_[0-9a-f]{32})/)).1
            let rotated = try await anna.post(
                Self.base + "/keys/\(id)/rotate", [("commandId", "fedcba9876543210fedcba9876543210"), ("older", "now")])
            for page in [created, rotated] {
                let secrets = page.text.matches(of: Self.secret).map(\.output)
                #expect(secrets.count == 4 && Set(secrets).count == 1)
                #expect(page.text.contains("https://listings.acme.test/v1/listings?limit=2&amp;order=a"))
                for id in ["curl", "javascript", "python"] { #expect(page.text.contains("<code id=\"\(id)\" data-secret>")) }
                #expect(!page.text.contains("try-refusal"))
            }
            #expect(created.text.matches(of: Self.secret).first?.output != rotated.text.matches(of: Self.secret).first?.output)
        }
    }

    @Test(
        "What the address will refuse is said before it is pasted",
        arguments: [
            (["scope": "listings:write"], "lacks the scope listings:read (INSUFFICIENT_SCOPE)"),
            (["scope": "listings:read", "environment": "test"], "takes keys of the environment live only (NOT_FOUND)"),
            (["scope": "listings:*"], nil), (["scope": "listings:read", "environment": "live"], nil),
        ] as [([String: String], String?)])
    func refusals(_ fields: [String: String], _ words: String?) async throws {
        let settings: @Sendable (inout DashboardSettings) -> Void = {
            $0.exampleURL = "http://127.0.0.1:8081/v1/listings"
            $0.exampleScope = "listings:read"
        }
        try await Site.run(configure: settings) { site in
            let page = try await Self.create(site.visitor("acme"), fields.map { ($0.key, $0.value) })
            #expect(page.text.contains("try-refusal") == (words != nil))
            if let words { #expect(page.text.contains(words)) }
        }
    }

    @Test func anAddressCannotEndTheQuotesThatItStandsIn() async throws {
        let configure: @Sendable (inout DashboardSettings) -> Void = { $0.exampleURL = "http://h/$(id)`id`'\"\\!" }
        try await Site.run(configure: configure) { site in
            let page = try await Self.create(site.visitor("acme"))
            #expect(page.text.contains("http://h/%24(id)%60id%60%27%22%5C%21"))
        }
    }

    @Test func theCallersDocumentationComesFirst() async throws {
        let configure: @Sendable (inout DashboardSettings) -> Void = { $0.documentationLink = "http://127.0.0.1:8081/" }
        try await Site.run(configure: configure) { site in
            let owner = try await site.visitor("acme").get(Self.base).text
            #expect(owner.contains("<a href=\"http://127.0.0.1:8081/\">Documentation</a>") && !owner.contains(Dashboard.apiDocs))
            let operatorsPage = try await site.signedIn(.link).get(Dashboard.apiDocs).text
            #expect(operatorsPage.contains("<a href=\"http://127.0.0.1:8081/\">Documentation</a>"))
            #expect(operatorsPage.contains("<a href=\"\(Dashboard.apiDocs)\" aria-current=\"page\">Keyledger API</a>"))
        }
        try await Site.run { site in
            let page = try await site.signedIn(.link).get(Dashboard.apiDocs).text
            #expect(
                page.contains("<a href=\"\(Dashboard.apiDocs)\" aria-current=\"page\">Documentation</a>")
                    && !page.contains("Keyledger API</a>"))
        }
    }
}

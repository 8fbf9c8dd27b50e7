import HTTPTypes
import KeyEvents
import Ledger
import LedgerQueries
import Testing
import Validation

@testable import Dashboard

/// Forms change something only when they were filled in here, by whoever is signed in, and once.
@Suite struct FormsTests {
    private static let base = Dashboard.base

    private static func actions(_ id: KeyID) -> [(path: String, fields: [(String, String)])] {
        [
            ("/keys", [("name", "made"), ("commandId", "0123456789abcdef")]), ("/keys/\(id)/rename", [("name", "renamed")]),
            ("/keys/\(id)/edit", [("name", "edited"), ("revision", "1")]),
            ("/keys/\(id)/disable", []), ("/keys/\(id)/enable", []), ("/keys/\(id)/revoke", []),
            ("/keys/\(id)/rotate", [("older", "now"), ("commandId", "fedcba9876543210")]),
        ]
    }

    @Test func foreignFormsChangeNothing() async throws {
        try await Site.run { site in
            let id = try await site.key("a").id
            let browser = try site.visitor("acme")
            let other = try site.visitor("acme")
            let before = try site.ledger.log.lastPosition()
            for (path, fields) in Self.actions(id) {
                #expect(try await browser.post(Self.base + path, fields, csrf: "").status == 403, "\(path)")
                #expect(try await browser.post(Self.base + path, fields, csrf: other.csrf).status == 403)
                #expect(try await browser.post(Self.base + path, fields, headers: [.origin: "https://evil.example"]).status == 403)
                #expect(try await browser.post(Self.base + path, fields, headers: [.secFetchSite: "cross-site"]).status == 403)
            }
            #expect(try site.ledger.log.lastPosition() == before)
        }
    }

    @Test func anotherAccountsKeysCannotBeToldFromUnknownOnes() async throws {
        try await Site.run { site in
            let theirs = try await site.key("theirs", account: "bolt").id
            let unknown = KeyID(at: site.now, random: (1, 2))
            let browser = try site.visitor("acme")
            let before = try site.ledger.log.lastPosition()
            for path in ["/keys/ID", "/keys/ID/revoke", "/keys/ID/rotate", "/keys/ID/edit"] {
                let pages = try await [theirs, unknown].asyncMap { id in
                    let page = try await browser.get(Self.base + path.replacing("ID", with: id.description))
                    return "\(page.status) " + page.text.replacing(id.description, with: "ID")
                }
                #expect(pages[0] == pages[1] && pages[0].hasPrefix("404"))
            }
            for (path, fields) in Self.actions(theirs).dropFirst() {
                #expect(try await browser.post(Self.base + path, fields).status == 404, "\(path)")
            }
            let live = try await browser.get(Self.base + "/keys/live?ids=\(theirs),\(unknown)")
            #expect(live.status == 200 && !live.text.contains("<tr"))
            #expect(try await browser.get(Self.base + "/keys/\(theirs)/live").status == 404)
            let forced = try await browser.post(
                Self.base + "/keys", [("name", "x"), ("accountId", "bolt"), ("commandId", "0123456789abcdef")])
            #expect(forced.status == 200)
            #expect(try site.ledger.log.lastPosition() == (before ?? 0) + 1)
            #expect(try site.ledger.keys.listKeys(for: .commandLine, account: AccountID("bolt"), limit: 10).count == 1)
        }
    }

    @Test func aReaderChangesNothing() async throws {
        try await Site.run { site in
            let id = try await site.key("a").id
            let key = try await site.key("reader", permissions: [.keysRead])
            let reader = try site.signedIn(.key(key.id, secret: 1))
            #expect(try await reader.get(Self.base + "/keys/\(id)").status == 200)
            let list = try await reader.get(Self.base)
            #expect(!list.text.contains("/keys/new") && !list.text.contains("/revoke"))
            // What is missing is said where it would be.
            for page in [list, try await reader.get(Self.base + "/keys/\(id)")] {
                #expect(page.text.contains("You can look at keys here, and not change them.") && page.text.contains("keys.write"))
            }
            #expect(try await !site.visitor("acme").get(Self.base).text.contains("You can look at keys here"))
            let before = try site.ledger.log.lastPosition()
            // A page that only others may use says what permission is missing and whom to ask, and leads back.
            for path in ["/keys/new", "/keys/\(id)/edit", "/keys/\(id)/revoke", "/keys/\(id)/rotate", "/keys/revoke?id=\(id)"] {
                let page = try await reader.get(Self.base + path)
                #expect(page.status == 403 && page.text.contains("needs the permission keys.write, which the key that you signed in with"))
                #expect(page.text.contains("Ask whoever gave you the key") && page.text.contains("href=\"\(Self.base)\">Back to API keys"))
            }
            for (path, fields) in Self.actions(id) { #expect(try await reader.post(Self.base + path, fields).status == 403, "\(path)") }
            #expect(try site.ledger.log.lastPosition() == before)
        }
    }

    @Test func aFormSentTwiceMakesOneKeyAndShowsItOnce() async throws {
        try await Site.run { site in
            let browser = try site.visitor("acme")
            let fields = [("name", "Property Sync"), ("expiry", "90"), ("scope", "listings:read"), ("commandId", "0123456789abcdef")]
            let first = try await browser.post(Self.base + "/keys", fields)
            #expect(first.status == 200 && first.headers[.cacheControl] == "no-store")
            let secret = try #require(first.text.firstMatch(of: /lhql_live_[0-9A-Za-z]{49}/)).output
            #expect(try site.ledger.verifier.evaluate(secret).code == .valid)
            site.advance(seconds: 30)
            let second = try await browser.post(Self.base + "/keys", fields)
            #expect(second.status == 200 && second.text.contains("created already") && !second.text.contains(secret))
            let changed = try await browser.post(Self.base + "/keys", [("name", "Other"), ("commandId", "0123456789abcdef")])
            #expect(changed.status == 409)
            let keys = try site.ledger.keys.listKeys(for: .commandLine, limit: 10)
            #expect(keys.count == 1)
            let state = try #require(keys.first).key.state
            #expect(state.scopes == ["listings:read"] && state.expiresAt?.description == "2027-04-15T23:59:59.000000Z")
            for path in ["", "/keys/\(state.id)"] { #expect(try await !browser.get(Self.base + path).text.contains(secret)) }
        }
    }

    @Test func aSecondKeyOfTheSameNameIsWarnedAbout() async throws {
        try await Site.run { site in
            let browser = try site.visitor("acme")
            _ = try await site.key("Property Sync", account: "bolt")
            _ = try await site.key("Property Sync")
            let fields = [("name", "Property Sync"), ("commandId", "0123456789abcdef")]
            let warned = try await browser.post(Self.base + "/keys", fields)
            #expect(warned.status == 200 && warned.text.contains("There is a key of this name already"))
            #expect(try site.ledger.keys.listKeys(for: .commandLine, account: AccountID("acme"), limit: 10).count == 1)
            let made = try await browser.post(Self.base + "/keys", fields + [("confirmedName", "Property Sync")])
            #expect(made.text.contains("Copy the key now"))
            #expect(try site.ledger.keys.listKeys(for: .commandLine, account: AccountID("acme"), limit: 10).count == 2)
        }
    }

    @Test func whatIsWrongIsSaidBesideItsField() async throws {
        try await Site.run { site in
            let browser = try site.visitor("acme")
            let cases: [([(String, String)], String)] = [
                ([("name", "  ")], "name-error"), ([("name", String(repeating: "x", count: 300))], "name-error"),
                ([("name", "a\u{7}b")], "name-error"),
                ([("name", "x"), ("expiry", "custom"), ("expiresOn", "2020-01-01")], "expiry-error"),
                ([("name", "x"), ("expiry", "custom"), ("expiresOn", "soon")], "expiry-error"),
                ([("name", "x"), ("expiry", "7")], "expiry-error"), ([("name", "x"), ("moreScopes", "a\"b")], "scopes-error"),
                ([("name", "x"), ("environment", "Live!")], "environment-error"),
            ]
            for (fields, error) in cases {
                let page = try await browser.post(Self.base + "/keys", fields + [("commandId", "0123456789abcdef")])
                #expect(page.status == 422 && page.text.contains("id=\"\(error)\""), "\(fields)")
            }
            #expect(try site.ledger.keys.listKeys(for: .commandLine, limit: 10).isEmpty)
            // And the form works once it is mended.
            let page = try await browser.post(Self.base + "/keys", [("name", "x"), ("commandId", "0123456789abcdef")])
            #expect(page.text.contains("Copy the key now"))
        }
    }

    @Test func textIsTextEverywhere() async throws {
        try await Site.run { site in
            let evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
            let id = try await site.key(evil).id
            let browser = try site.visitor("acme", subject: evil)
            let paths = ["", "?q=\(Form.encode(evil))", "/keys/\(id)", "/keys/\(id)/revoke", "/keys/new"]
            for path in paths {
                let page = try await browser.get(Self.base + path)
                #expect(page.status == 200)
                #expect(!page.text.contains("<script>alert") && !page.text.contains("<img"), "\(path)")
                #expect(page.headers[.contentSecurityPolicy]?.contains("default-src 'none'") == true)
            }
            let form = try await browser.post(Self.base + "/keys/\(id)/revoke", [("reason", evil)])
            #expect(form.status == 303)
            #expect(try await !browser.get(Self.base + "/keys/\(id)").text.contains("<img"))
        }
    }
}

extension Sequence {
    fileprivate func asyncMap<Mapped>(_ transform: (Element) async throws -> Mapped) async rethrows -> [Mapped] {
        var mapped: [Mapped] = []
        for element in self { mapped.append(try await transform(element)) }
        return mapped
    }
}

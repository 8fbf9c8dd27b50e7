import Foundation
import HTTPTypes
import KeyEvents
import Ledger
import LedgerQueries
import Projections
import Testing
import Validation

@testable import Dashboard

/// A key's secret in a form or an address of the page: refused, led away from, or told of, and never kept or shown.
@Suite struct SecretsInFormsTests {
    private static let base = Dashboard.base

    private static func forms(_ secret: String) -> [String] {
        [
            secret, "it is \(secret).", secret.replacing("_", with: "%5F"), "Basic " + Data((secret + ":").utf8).base64EncodedString(),
            secret.prefix(20) + "\u{200B}" + secret.dropFirst(20), String(secret.dropLast(3)), secret.lowercased(),
        ]
    }

    /// `page` is looked through for the random part, in whatever case.
    private static func expectClean(_ page: Browser.Page, _ secret: String, at location: SourceLocation = #_sourceLocation) {
        let shown = (page.text + "\(page.headers)").lowercased()
        #expect(!shown.contains(secret.dropFirst(12).prefix(12).lowercased()), sourceLocation: location)
    }

    @Test func noFieldOfAFormTakesOne() async throws {
        try await Site.run { site in
            let key = try await site.key("victim")
            let operators = try site.signedIn(.link)
            let fields = [
                "/keys": ["name", "accountId", "expiry", "expiresOn", "environment", "scope", "moreScopes", "confirmedName", "surprise"],
                "/keys/\(key.id)/rename": ["name", "reason"], "/keys/\(key.id)/revoke": ["reason", "surprise"],
                "/keys/\(key.id)/disable": ["reason", "surprise"], "/keys/\(key.id)/enable": ["reason"],
                "/keys/\(key.id)/rotate": ["older", "extend", "reason", "surprise"], "/troubleshooting": ["surprise"],
                "/search": ["show", "sort", "order"],
            ]
            let good = [("name", "n"), ("accountId", "acme"), ("commandId", "0123456789abcdef"), ("older", "now")]
            let before = try site.ledger.log.lastPosition()
            for (path, names) in fields {
                for name in names {
                    for form in Self.forms(key.secret) {
                        let page = try await operators.post(Self.base + path, good.filter { $0.0 != name } + [(name, form)])
                        #expect(page.status == 400 && page.text.contains("A key does not belong there"), "\(path) \(name): \(page.status)")
                        Self.expectClean(page, key.secret)
                    }
                }
                let page = try await operators.post(Self.base + path, good + [(key.secret, "x")])
                #expect(page.status == 400, "\(path)")
            }
            let command = try await operators.post(Self.base + "/keys", [("name", "n"), ("accountId", "acme"), ("commandId", key.secret)])
            #expect(command.status == 400)
            #expect(try site.ledger.log.lastPosition() == before)
            #expect(try site.ledger.verifier.evaluate(key.secret).code == .valid)
        }
    }

    @Test func anAddressWithOneLeadsAwayFromIt() async throws {
        try await Site.run { site in
            let key = try await site.key("victim", permissions: [.keysRead])
            let operators = try site.signedIn(.link)
            let away = Self.base + "?done=keyInAddress"
            let before = try site.ledger.log.lastPosition()
            for form in Self.forms(key.secret).filter({ $0 != key.secret.dropLast(3) }) {
                let value = Form.encode(form)
                for path in [
                    "?q=\(value)", "?sort=\(value)", "?\(value)", "/keys/\(value)", "/keys/\(key.id)?before=\(value)",
                    "/keys/\(key.id)?done=\(value)",
                    "/troubleshooting?x=\(value)", "/keys/new?name=\(value)",
                ] {
                    let page = try await operators.get(Self.base + path)
                    #expect(page.status == 303 && page.location == away, "\(path): \(page.status)")
                    Self.expectClean(page, key.secret)
                }
                let posted = try await operators.post(Self.base + "/keys/\(key.id)/revoke?x=\(value)", [])
                #expect(posted.status == 303 && posted.location == away)
                for path in [
                    "/sign-in?next=\(value)", "/first-sign-in?token=\(value)", "/assets/\(value)", "/\(value)", "/api-docs?\(value)",
                ] {
                    let page = try await site.stranger.get(Dashboard.root + path)
                    #expect(page.status == 303 && page.location == away, "\(path): \(page.status)")
                    Self.expectClean(page, key.secret)
                }
                Self.expectClean(try await operators.get(Self.base + "/keys/live?ids=\(value)"), key.secret)
            }
            // A piece of one is led away from where it would be shown.
            #expect(try await operators.get(Self.base + "?q=\(key.secret.dropLast(3))").location == away)
            let notice = try await operators.get(away)
            #expect(notice.status == 200 && notice.text.contains("There was a key in the address"))
            #expect(try Self.types(of: site, after: before).isSubset(of: ["LogRead"]))
        }
    }

    /// Returns the types of the events that were recorded after a position.
    private static func types(of site: Site, after position: UInt64?) throws -> Set<String> {
        var types: Set<String> = []
        try site.ledger.events.events(from: (position ?? 0) + 1, limit: .max) { _, event, _ in types.insert(event.body.type) }
        return types
    }

    @Test func theSearchSaysWhatKeyItIs() async throws {
        try await Site.run { site in
            let (mine, ended, theirs) = (
                try await site.key("Mine & co"), try await site.key("ended"), try await site.key("theirs", account: "bolt")
            )
            _ = try await site.ledger.commands.revokeKey(ended.id, by: .commandLine)
            let rotated = try await site.key("rotated")
            _ = try await site.ledger.commands.rotateKey(rotated.id, olderRetires: .now, by: .commandLine)
            var generator = SystemRandomNumberGenerator()
            let unknown = try #require(SecretFormat(prefix: "lhql")).make(environment: "live") {
                UInt8.random(in: 0...255, using: &generator)
            }.reveal()
            let (owner, operators) = (try site.visitor("acme"), try site.signedIn(.link))
            let before = try site.ledger.log.lastPosition()
            func search(_ browser: Browser, _ text: String) async throws -> Browser.Page {
                let page = try await browser.post(Self.base + "/search", [("q", text), ("show", "all")])
                #expect(page.status == 200 && page.headers[.cacheControl] == "no-store")
                for key in [mine.secret, ended.secret, theirs.secret, rotated.secret, unknown] { Self.expectClean(page, key) }
                return page
            }
            for text in [mine.secret, " Authorization: Bearer \(mine.secret)\n", "curl -H 'X-API-Key: \(mine.secret)'"] {
                let page = try await search(owner, text)
                #expect(page.text.contains("Mine &amp; co") && page.text.contains("/keys/\(mine.id)") && page.text.contains("Active"))
            }
            let revoked = try await search(owner, ended.secret)
            #expect(revoked.text.contains("/keys/\(ended.id)") && revoked.text.contains("Revoked"))
            let replaced = try await search(owner, rotated.secret)
            #expect(replaced.text.contains("/keys/\(rotated.id)") && replaced.text.contains("replaced by a newer one"))
            #expect(try await search(operators, theirs.secret).text.contains("/keys/\(theirs.id)"))
            // Another account's key cannot be told from one that nobody has.
            #expect(try await search(owner, theirs.secret).text == search(owner, unknown).text)
            #expect(try await search(owner, String(mine.secret.dropLast(3))).text.contains("not a complete key"))
            let foreign = try await owner.post(Self.base + "/search", [("q", mine.secret)], csrf: "")
            #expect(foreign.status == 403)
            // But that an operator looked at another account's key.
            #expect(try Self.types(of: site, after: before).isSubset(of: ["LogRead"]))
            #expect(try site.ledger.keys.usage(of: mine.id, for: .commandLine).usage.counts.uses == 0)
        }
    }

    @Test func anyOtherTextLeadsToTheList() async throws {
        try await Site.run { site in
            _ = try await site.key("Property Sync")
            let browser = try site.visitor("acme")
            let page = try await browser.get(Self.base)
            #expect(page.text.contains("<form class=\"search\" role=\"search\" method=\"post\" action=\"\(Self.base)/search\">"))
            for (text, query) in [("sync & co", "?q=sync%20%26%20co&show=all&sort=name&order=asc"), (" ", "?show=all&sort=name&order=asc")]
            {
                let answer = try await browser.post(
                    Self.base + "/search", [("q", text), ("show", "all"), ("sort", "name"), ("order", "asc")])
                #expect(answer.status == 303 && answer.location == Self.base + query)
            }
            #expect(try await browser.post(Self.base + "/search", []).location == Self.base)
        }
    }

    /// Who acts is kept with what they do, the account's id in the clear.
    @Test func nobodyIsHandedOverUnderASecret() async throws {
        try await Site.run { site in
            let secret = try await site.key("victim").secret
            for (account, subject) in [("acme", secret), (secret, "anna"), ("acme", String(secret.dropLast(3)))] {
                let token = try HandOverTests.token(["account": account, "sub": subject])
                let page = try await site.stranger.post(Dashboard.root + "/hand-over", [("token", token)])
                #expect([400, 401].contains(page.status) && page.headers[.setCookie] == nil, "\(page.status)")
                Self.expectClean(page, secret)
            }
        }
    }
}

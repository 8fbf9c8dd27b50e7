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
                "/keys": [
                    "name", "accountId", "expiry", "expiresOn", "environment", "scope", "moreScopes", "confirmedName", "confirmedScopes",
                    "preset", "accountChoice", "newAccountId", "addresses", "metadataName", "metadataValue", "withoutScopes", "surprise",
                ],
                "/keys/\(key.id)/edit": [
                    "name", "revision", "scope", "moreScopes", "expiry", "expiresOn", "addresses", "metadataName", "metadataValue",
                    "reason",
                ],
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
            // Pages that are shown again to an operator are readings of another account's data.
            #expect(try Self.types(of: site, after: before).isSubset(of: ["LogRead"]))
            #expect(try site.ledger.verifier.evaluate(key.secret).code == .valid)
        }
    }

    /// What else was typed is kept, and the field is named.
    @Test func theFormIsShownAgainWithoutIt() async throws {
        try await Site.run { site in
            let key = try await site.key("victim")
            let operators = try site.signedIn(.link)
            let before = try site.ledger.log.lastPosition()
            let fields = [
                ("name", key.secret), ("accountId", "acme"), ("moreScopes", "rates:read kept:scope"), ("commandId", "0123456789abcdef"),
                ("expiry", "90"),
            ]
            let page = try await operators.post(Self.base + "/keys", fields)
            #expect(page.status == 400 && page.text.contains("The field “Name” holds"))
            #expect(page.text.contains("value=\"rates:read kept:scope\"") && page.text.contains("action=\"\(Self.base)/keys\""))
            #expect(page.text.contains("value=\"90\" checked"))
            Self.expectClean(page, key.secret)
            for path in ["rename", "revoke", "rotate"] {
                let fields = [("name", "x"), ("reason", key.secret), ("older", "now")]
                let page = try await operators.post(Self.base + "/keys/\(key.id)/\(path)", fields)
                #expect(page.status == 400 && page.text.contains("The field “Reason” holds"), "\(path)")
                #expect(page.text.contains("action=\"\(Self.base)/keys/\(key.id)/"), "\(path)")
                Self.expectClean(page, key.secret)
            }
            let surprise = try await operators.post(Self.base + "/keys", [("name", "n"), ("surprise" + key.secret, "x")])
            #expect(surprise.status == 400 && surprise.text.contains("One of the fields holds"))
            Self.expectClean(surprise, key.secret)
            // Pages that are shown again to an operator are readings of another account's data.
            #expect(try Self.types(of: site, after: before).isSubset(of: ["LogRead"]))
        }
    }

    /// The random part of a secret, which only the ledger knows, is told of like a whole one, on every form.
    @Test func theRandomPartAloneIsToldOfLikeAWholeSecret() async throws {
        try await Site.run { site in
            let key = try await site.key("victim")
            let random = String(key.secret.dropFirst("lhql_live_".count).prefix(SecretFormat.randomCharacters))
            let operators = try site.signedIn(.link)
            let before = try site.ledger.log.lastPosition()
            let revision = try #require(
                try await operators.get(Self.base + "/keys/\(key.id)/edit").text.firstMatch(of: /name="revision" value="(\d+)"/)
            ).1
            let pages: [(path: String, field: (String, String), label: String, kept: [(String, String)])] = [
                ("/keys", ("metadataValue", random), "Metadata", [("name", "Kept name"), ("metadataName", "a")]),
                ("/keys/\(key.id)/edit", ("moreScopes", random), "Other scopes", [("name", "Kept name"), ("revision", String(revision))]),
                ("/keys/\(key.id)/rename", ("reason", random), "Reason", [("name", "Kept name")]),
                ("/keys/\(key.id)/disable", ("reason", random), "Reason", []), ("/keys/\(key.id)/revoke", ("reason", random), "Reason", []),
                ("/keys/\(key.id)/rotate", ("reason", random), "Reason", [("older", "week")]),
                ("/keys/revoke", ("reason", random), "Reason", [("id", key.id.description)]),
                ("/keys/\(key.id)/test", ("scopes", random), "Scopes that the call needs", [("environment", "test")]),
                ("/activity", ("by", random), "", []), ("/search", ("account", random), "Account", []),
            ]
            for (path, field, label, kept) in pages {
                let page = try await operators.post(
                    Self.base + path, [("accountId", "acme"), ("commandId", "0123456789abcdef")] + kept + [field])
                #expect(page.status == 400 && page.text.contains("A key does not belong there"), "\(path): \(page.status)")
                #expect(page.text.contains(label.isEmpty ? "One of the fields" : "The field “\(label)” holds"), "\(path)")
                #expect(page.text.contains("The field was emptied.") && page.text.contains("name=\"\(field.0)\""), "\(path)")
                if let name = kept.first, name.0 == "name" { #expect(page.text.contains("value=\"Kept name\""), "\(path)") }
                Self.expectClean(page, key.secret)
            }
            #expect(try Self.types(of: site, after: before).isSubset(of: ["LogRead"]))
        }
    }

    /// A name and a value in a row stay together where one of another row is emptied.
    @Test func rowsStayTogether() throws {
        let secret = PastedRequests.key(seed: 3)
        let fields = [("metadataName", "a"), ("metadataValue", secret), ("metadataName", "b"), ("metadataValue", "2")]
        let rest = try #require(Form(fields: fields).misplacedSecret(except: []) { MisplacedSecret(in: $0) }).rest
        #expect(rest.all("metadataName") == ["a", "b"] && rest.all("metadataValue") == ["", "2"])
    }

    @Test func anAddressWithOneLeadsAwayFromIt() async throws {
        try await Site.run { site in
            let key = try await site.key("victim", permissions: [.keysRead])
            let operators = try site.signedIn(.link)
            let away = Self.base
            let before = try site.ledger.log.lastPosition()
            for form in Self.forms(key.secret).filter({ $0 != key.secret.dropLast(3) }) {
                let value = Form.encode(form)
                for path in [
                    "?q=\(value)", "?sort=\(value)", "?\(value)", "/keys/\(value)", "/keys/\(key.id)?before=\(value)",
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
                    #expect(page.status == 303 && page.location == Dashboard.signIn, "\(path): \(page.status)")
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

    /// The beginning of a key is treated like a key, in the address of every page and in the search; what the list shows of keys is found.
    @Test func theBeginningOfOneIsTreatedLikeAKey() async throws {
        try await Site.run { site in
            let key = try await site.key("Mews", permissions: [.keysRead])
            let other = try await site.key("Other")
            let anna = try site.visitor("acme")
            // A random beginning may read like a name, so that it is chosen.
            let begin = "lhql_live_x7Kq2Zp9Rt"
            for path in [
                "?q=\(begin)", "?q=a%20\(begin)", "/activity?by=\(begin)", "/activity.csv?by=\(begin)", "/export?q=\(begin)",
                "/keys.csv?q=\(begin)", "/keys/revoke?all=yes&q=\(begin)", "/keys/\(key.id)?before=\(begin)",
            ] {
                let page = try await anna.get(Self.base + path)
                #expect(page.status == 303 && page.location == Self.base, "\(path): \(page.status)")
            }
            let searched = try await anna.post(Self.base + "/search", [("q", begin)])
            #expect(searched.status == 200 && searched.text.contains("not a complete key") && !searched.text.contains("x7Kq2Zp9Rt"))
            let named = try await anna.post(Self.base + "/keys", [("name", begin), ("commandId", "0123456789abcdef")])
            #expect(named.status == 400 && named.text.contains("The field “Name” holds"))
            let hint = try site.ledger.keys.decryptedKey(key.id, for: .commandLine).state.hint
            for text in ["\(key.id)", hint, String(hint.suffix(4)), "mews"] {
                let page = try await anna.get(Self.base + "?q=" + Form.encode(text))
                #expect(page.status == 200 && page.text.contains("/keys/\(key.id)") && !page.text.contains("/keys/\(other.id)"), "\(text)")
            }
            let list = try await anna.get(Self.base + "?q=lhql_live_")
            #expect(list.text.contains("/keys/\(key.id)") && list.text.contains("/keys/\(other.id)"))
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
                let page = try await browser.post(Self.base + "/search", [("q", text), ("status", "all")])
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
            for (text, query) in [
                ("sync & co", "?q=sync%20%26%20co&status=all&sort=name&order=asc"), (" ", "?status=all&sort=name&order=asc"),
            ] {
                let answer = try await browser.post(
                    Self.base + "/search", [("q", text), ("status", "all"), ("sort", "name"), ("order", "asc")])
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

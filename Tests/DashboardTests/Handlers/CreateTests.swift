import HummingbirdTesting
import KeyEvents
import Ledger
import LedgerQueries
import Testing
import Validation

@testable import Dashboard

/// The way of the help article, a name and Generate, leads to a key that works; what is mistyped on the way is said.
@Suite struct CreateTests {
    private static let base = Dashboard.base

    private static func create(_ browser: Browser, _ fields: [(String, String)], id: String = "0123456789abcdef") async throws
        -> Browser.Page
    {
        try await browser.post(base + "/keys", fields + [("commandId", id)])
    }

    private static func secret(_ page: Browser.Page) -> String? {
        page.text.firstMatch(of: /lhql_(live|test)_[0-9A-Za-z]{49}/).map { String($0.0) }
    }

    private static func keys(_ site: Site, _ account: String = "acme") throws -> [DecryptedKey] {
        try site.ledger.keys.listKeys(for: .commandLine, account: AccountID(account), limit: 100).map(\.key)
    }

    @Test(arguments: [
        ("Property Sync", "auto", ["listings:read", "listings:write"]), (" property sync ", "auto", ["listings:read", "listings:write"]),
        ("CRM Integration", "auto", ["listings:read"]), ("Anything else", "auto", ["listings:read"]),
        ("Property Sync", "preset Website", ["listings:read"]),
        ("Anything else", "preset Property Sync", ["listings:read", "listings:write"]),
    ])
    func aNameAndGenerateMakeAKeyThatWorks(_ name: String, _ preset: String, _ scopes: [String]) async throws {
        try await Site.run { site in
            let page = try await Self.create(try site.visitor("acme"), [("name", name), ("preset", preset), ("expiry", "never")])
            let secret = try #require(Self.secret(page), "\(page.status)")
            #expect(try Self.keys(site).map(\.state.scopes) == [scopes])
            // The page that shows the key says what it may do, and for how long.
            let facts = scopes.map { "<code>\($0)</code> " }.joined()
            #expect(page.text.contains("<dd>\(facts)</dd>") && page.text.contains("<dd>Never</dd>") && page.text.contains("<dd>Live</dd>"))
            let code = try await site.ledger.verifier.verify(secret, AccessCheck(scopes: scopes, environment: "live"), actor: .commandLine)
                .code
            #expect(code == .valid)
        }
    }

    /// Where the account has as many keys as it may have, nothing of the form is lost, and it works once there is room.
    @Test func theFormIsKeptWhereThereIsNoRoom() async throws {
        try await Site.run { site in
            let first = try await site.key("first")
            _ = try await site.ledger.accounts.changeAccount(
                try #require(AccountID("acme")), AccountRulesChange(keyLimit: .own(1)), by: .commandLine)
            let browser = try site.visitor("acme")
            let fields = [
                ("name", "Second & co"), ("preset", "custom"), ("scope", "listings:read"), ("expiry", "90"), ("metadataName", "owner"),
                ("metadataValue", "Anna"), ("addresses", "192.0.2.7"),
            ]
            let refused = try await Self.create(browser, fields)
            #expect(
                refused.status == 409
                    && refused.text.contains("The account has as many keys as it may have. Nothing was saved. 1 key of it has not ended"))
            for kept in [
                "value=\"Second &amp; co\"", "value=\"custom\" checked", "value=\"90\" checked", "value=\"Anna\"", "192.0.2.7</textarea>",
                "<details class=\"more-options\" open>", "value=\"0123456789abcdef\"",
            ] {
                #expect(refused.text.contains(kept), "\(kept)")
            }
            #expect(try Self.keys(site).count == 1)
            _ = try await site.ledger.commands.revokeKey(first.id, by: .commandLine)
            #expect(Self.secret(try await Self.create(browser, fields)) != nil)
        }
    }

    /// Boxes that were ticked before a preset was chosen do not count, since they are no longer seen.
    @Test func thePresetCountsAndNotWhatIsHidden() async throws {
        try await Site.run { site in
            _ = try await Self.create(
                try site.visitor("acme"),
                [("name", "x"), ("preset", "preset Website"), ("scope", "listings:write"), ("moreScopes", "guests:read")])
            #expect(try Self.keys(site).map(\.state.scopes) == [["listings:read"]])
            let page = try await Self.create(try site.visitor("acme"), [("name", "y"), ("preset", "preset None")], id: "1123456789abcdef")
            #expect(page.status == 422 && page.text.contains("Choose one of these."))
        }
    }

    @Test func aKeyWithoutScopesNeedsASecondClick() async throws {
        try await Site.run { site in
            let browser = try site.visitor("acme")
            let fields = [("name", "x"), ("preset", "custom")]
            let asked = try await Self.create(browser, fields)
            #expect(asked.status == 200 && asked.text.contains("This key would have no scopes") && Self.secret(asked) == nil)
            #expect(try Self.keys(site).isEmpty)
            let made = try await Self.create(browser, fields + [("scope", "listings:read"), ("withoutScopes", "yes")])
            #expect(Self.secret(made) != nil)
            #expect(try Self.keys(site).map(\.state.scopes) == [[]])
        }
    }

    @Test func mistypedScopesAreRefusedWithWhatIsMeant() async throws {
        try await Site.run { site in
            let browser = try site.visitor("acme")
            let page = try await Self.create(
                browser,
                [
                    ("name", "x"), ("preset", "custom"), ("moreScopes", "LISTINGS:read bar;baz"), ("expiry", "90"),
                    ("addresses", "192.0.2.7"),
                ])
            #expect(page.status == 422 && page.text.contains("Did you mean listings:read?") && page.text.contains("Did you mean bar baz?"))
            // What was typed is still there.
            for words in [
                #"value="LISTINGS:read bar;baz""#, #"value="x""#, "\n192.0.2.7</textarea>", #"name="expiry" value="90" checked"#,
                #"name="preset" value="custom" checked"#, "<details class=\"more-options\" open>",
            ] { #expect(page.text.contains(words), "\(words)") }
            #expect(try Self.keys(site).isEmpty)
        }
    }

    @Test func unknownScopesAreAskedAbout() async throws {
        try await Site.run { site in
            let browser = try site.visitor("acme")
            let fields = [("name", "x"), ("preset", "custom"), ("moreScopes", "listing:read rates:read")]
            let asked = try await Self.create(browser, fields)
            #expect(asked.status == 200 && asked.text.contains("Did you mean listings:read?") && asked.text.contains("“rates:read”"))
            let hidden = #"name="confirmedScopes" value="listing:read rates:read""#
            #expect(asked.text.contains(hidden))
            // A confirmation holds for the scopes that it was about.
            let other = try await Self.create(
                browser, fields.dropLast() + [("moreScopes", "rates:write"), ("confirmedScopes", "listing:read rates:read")])
            #expect(Self.secret(other) == nil)
            let made = try await Self.create(browser, fields + [("confirmedScopes", "listing:read rates:read")])
            #expect(Self.secret(made) != nil)
            // A scope that a key has is known from then on, in its account.
            let second = try await Self.create(
                browser, [("name", "y"), ("preset", "custom"), ("moreScopes", "rates:read")], id: "1123456789abcdef")
            #expect(Self.secret(second) != nil)
            let elsewhere = try await Self.create(try site.visitor("bolt"), [("name", "y"), ("moreScopes", "rates:read")])
            #expect(Self.secret(elsewhere) == nil && elsewhere.status == 200)
        }
    }

    @Test func operatorsChooseAnAccountThatExistsOrMakeOne() async throws {
        try await Site.run { site in
            _ = try await site.key("a", account: "acme")
            let operators = try site.signedIn(.link)
            let form = try await operators.get(Self.base + "/keys/new")
            #expect(form.text.contains("<option value=\"acme\">acme</option>"))
            #expect(try await operators.get(Self.base + "/keys/new?account=acme").text.contains("<option value=\"acme\" selected>"))
            for (fields, words) in [
                ([("accountChoice", "existing"), ("accountId", "acmee")], "There is no account acmee. Did you mean acme?"),
                ([("accountChoice", "existing"), ("accountId", "")], "Choose the account that the key is for."),
                ([("accountId", "zebra")], "There is no account zebra."),
                ([("accountChoice", "new"), ("newAccountId", "a b")], "1 to 64 letters"),
                ([("accountChoice", "new"), ("newAccountId", "acme")], "There is an account acme already"),
            ] {
                let page = try await Self.create(operators, fields + [("name", "x"), ("preset", "auto")])
                #expect(page.status == 422 && page.text.contains(words), "\(words): \(page.status)")
            }
            #expect(try Self.keys(site).count == 1)
            let existing = try await Self.create(operators, [("name", "x"), ("accountChoice", "existing"), ("accountId", "acme")])
            #expect(Self.secret(existing) != nil)
            let fields = [("name", "x"), ("accountChoice", "new"), ("newAccountId", "acmee")]
            #expect(Self.secret(try await Self.create(operators, fields, id: "1123456789abcdef")) != nil)
            // Sent again, the form says what it did, although the account exists by now.
            #expect(try await Self.create(operators, fields, id: "1123456789abcdef").text.contains("created already"))
            #expect(try Self.keys(site).count == 2 && Self.keys(site, "acmee").count == 1)
        }
    }

    @Test func manyAccountsAreSuggestedWhileOneIsTyped() async throws {
        try await Site.run { site in
            for number in 0...200 { _ = try await site.key("a", account: "account-\(number)") }
            let form = try await site.signedIn(.link).get(Self.base + "/keys/new")
            #expect(form.text.contains("<datalist id=\"account-names\">") && !form.text.contains("<select"))
        }
    }

    @Test func theOperatorsExpiryIsSuggestedAndNotForced() async throws {
        @Sendable func configure(_ settings: inout DashboardSettings) { settings.defaultExpiryDays = 90 }
        try await Site.run(configure: configure) { site in
            let browser = try site.visitor("acme")
            let form = try await browser.get(Self.base + "/keys/new")
            #expect(form.text.contains(#"name="expiry" value="90" checked"#) && !form.text.contains(#"value="never" checked"#))
            _ = try await Self.create(browser, [("name", "x"), ("preset", "auto"), ("expiry", "never")])
            #expect(try Self.keys(site).map(\.state.expiresAt) == [nil])
        }
    }

    @Test func thePresetsAreTheOperators() async throws {
        @Sendable func bill(_ settings: inout DashboardSettings) {
            settings.presets = [KeyPreset(name: "Billing", scopes: ["invoices:*"], hint: "All of <b>invoices</b>")]
            settings.suggestedScopes = [("invoices:read", "")]
        }
        @Sendable func offerNone(_ settings: inout DashboardSettings) { settings.presets = [] }
        try await Site.run(configure: bill) { site in
            let browser = try site.visitor("acme")
            let form = try await browser.get(Self.base + "/keys/new")
            #expect(form.text.contains("Billing") && form.text.contains("All of &lt;b&gt;invoices") && !form.text.contains("Property Sync"))
            // There is nothing for other names where no preset is the default.
            #expect(try await Self.create(browser, [("name", "x"), ("preset", "auto")]).text.contains("This key would have no scopes"))
            _ = try await Self.create(browser, [("name", "billing"), ("preset", "auto")])
            #expect(try Self.keys(site).map(\.state.scopes) == [["invoices:*"]])
        }
        try await Site.run(configure: offerNone) { site in
            let browser = try site.visitor("acme")
            #expect(try await !browser.get(Self.base + "/keys/new").text.contains("name=\"preset\""))
            #expect(try await Self.create(browser, [("name", "x")]).text.contains("This key would have no scopes"))
        }
    }

    @Test func addressesAndMetadataAreTaken() async throws {
        try await Site.run { site in
            let browser = try site.visitor("acme")
            let wrong = try await Self.create(browser, [("name", "x"), ("preset", "auto"), ("addresses", "192.0.2.7\nnowhere")])
            #expect(wrong.status == 422 && wrong.text.contains("id=\"addresses-error\"><p>Line 2 "))
            let other = try await Self.create(browser, [("name", "x"), ("preset", "auto"), ("environment", "prod")])
            #expect(other.status == 422 && other.text.contains("id=\"environment-error\">Choose one of these."))
            let page = try await Self.create(
                browser,
                [
                    ("name", "x"), ("preset", "auto"), ("addresses", "192.0.2.0/24"), ("metadataName", "owner"), ("metadataValue", "Zoë"),
                ])
            #expect(Self.secret(page) != nil)
            let key = try #require(try Self.keys(site).first)
            #expect(key.ipAllowlist == ["192.0.2.0/24"] && key.metadata == ["owner": "Zoë"])
        }
    }

    @Test func theAddressesOfTheKeyBehindTheSessionAreInherited() async throws {
        try await Site.run(over: .live) { site in
            let made = try await site.ledger.commands.createKey(
                CreateKey(
                    name: "own", account: AccountID("acme"), permissions: [.keysRead, .keysWrite], ipAllowlist: ["127.0.0.0/8", "::1"]),
                by: .commandLine)
            let browser = try site.signedIn(.key(made.outcome.key.state.id, secret: 1))
            #expect(try await browser.get(Self.base + "/keys/new").text.contains("\n127.0.0.0/8\n::1</textarea>"))
            _ = try await Self.create(browser, [("name", "inherits"), ("preset", "auto")])
            _ = try await Self.create(
                browser, [("name", "narrows"), ("preset", "auto"), ("addresses", "127.0.0.1")], id: "1123456789abcdef")
            let wider = try await Self.create(
                browser, [("name", "widens"), ("preset", "auto"), ("addresses", "192.0.2.7")], id: "2123456789abcdef")
            #expect(wider.status == 422 && wider.text.contains("must lie within the addresses"))
            let lists = try Self.keys(site).map { "\($0.name ?? ""): \($0.ipAllowlist ?? [])" }.sorted()
            #expect(
                lists == [#"inherits: ["127.0.0.0/8", "::1"]"#, #"narrows: ["127.0.0.1"]"#, #"own: ["127.0.0.0/8", "::1"]"#])
        }
    }

    /// What is wrong in several fields is said of all of them at once, and only what is wrong is marked.
    @Test func whatIsWrongIsSaidOfAllFields() async throws {
        try await Site.run { site in
            let anna = try site.visitor("acme")
            let page = try await Self.create(
                anna,
                [
                    ("name", " "), ("preset", "custom"), ("moreScopes", "LISTINGS:read Listings:write"), ("expiry", "custom"),
                    ("expiresOn", "2020-01-01"), ("addresses", "x\n192.0.2.7\ny"), ("metadataName", "a"), ("metadataValue", "1"),
                    ("metadataName", ""), ("metadataValue", "2"), ("metadataName", "c"), ("metadataValue", "3"),
                ])
            #expect(page.status == 422)
            for words in [
                "Give the key a name", "Did you mean listings:read?", "Did you mean listings:write?", "That day is over", "<p>Line 1 ",
                "<p>Line 3 ",
                "<p>Row 2 has a value and no name.</p>",
            ] { #expect(page.text.contains(words), "\(words)") }
            let wrong = page.text.matches(of: /aria-label="((?:Name|Value) \d)" aria-invalid="true"/).map { String($0.output.1) }
            #expect(wrong == ["Name 2"])
        }
    }

    /// How many keys an account may have is said before its form is sent.
    @Test func theLimitIsSaidBefore() async throws {
        try await Site.run { site in
            let acme = try #require(AccountID("acme"))
            let (anna, operators) = (try site.visitor("acme"), try site.signedIn(.link))
            _ = try await site.key("one")
            let path = Self.base + "/keys/new"
            #expect(try await !anna.get(path).text.contains("Your account may have"))
            _ = try await site.ledger.accounts.changeAccount(acme, AccountRulesChange(keyLimit: .own(2)), by: .commandLine)
            #expect(try await anna.get(path).text.contains("Your account may have 2 keys that have not ended, and has 1."))
            #expect(try await operators.get(path).text.contains(">acme</option>"))
            _ = try await site.key("two")
            #expect(try await anna.get(path).text.contains("and has 2: no key can be created until one is revoked."))
            #expect(try await operators.get(path).text.contains(">acme (has as many keys as it may have)</option>"))
            let refused = try await Self.create(anna, [("name", "three"), ("scope", "listings:read")])
            #expect(refused.status == 409 && refused.text.contains("Nothing was saved."))
        }
    }

    /// A name that another key has is a note, whichever form gave it.
    @Test func aNamesakeIsToldOf() async throws {
        try await Site.run { site in
            let anna = try site.visitor("acme")
            let id = try await site.key("Mews").id
            _ = try await site.key("Guesty")
            _ = try await site.key("Theirs", account: "bolt")
            let path = Self.base + "/keys/\(id)"
            func told() async throws -> Bool { try await anna.get(path).text.contains("Another key of the account has the same name") }
            for (name, isTold) in [("Guesty", true), ("Theirs", false), ("Guesty", true), ("New", false)] {
                #expect(try await anna.post(path + "/rename", [("name", name)]).status == 303)
                #expect(try await told() == isTold, "\(name)")
                #expect(try site.ledger.keys.decryptedKey(id, for: .commandLine).name == name)
            }
            let form = try await anna.get(path + "/edit").text
            let revision = String(try #require(form.firstMatch(of: /name="revision" value="(\d+)"/)).output.1)
            let edited = try await anna.post(path + "/edit", [("name", "Guesty"), ("revision", revision), ("expiry", "keep")])
            #expect(edited.status == 303)
            #expect(try await told())
        }
    }
}

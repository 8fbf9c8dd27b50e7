import KeyEvents
import Ledger
import LedgerQueries
import Testing
import Validation

@testable import Dashboard

/// Editing a key: what was not touched stays, what is taken is shown first, and nobody's change is lost.
@Suite struct EditTests {
    private static let base = Dashboard.base

    private static func path(_ id: KeyID) -> String { base + "/keys/\(id)/edit" }

    /// Returns what a browser would send for the form on a page, with some fields replaced.
    private static func fields(_ page: Browser.Page, _ changes: [(String, String)] = []) -> [(String, String)] {
        let names = Set(changes.map(\.0))
        var fields: [(String, String)] = []
        for match in page.text.matches(of: /<input ([^>]*)>|<textarea [^>]*name="([a-zA-Z]+)"[^>]*>\n?([^<]*)</) {
            if let name = match.output.2, let value = match.output.3 {
                fields.append((String(name), String(value)))
                continue
            }
            guard let tag = match.output.1, let name = tag.firstMatch(of: /name="([a-zA-Z]+)"/)?.1 else { continue }
            let isChoice = tag.contains(#"type="radio""#) || tag.contains(#"type="checkbox""#)
            guard !isChoice || tag.hasSuffix(" checked") else { continue }
            fields.append((String(name), String(tag.firstMatch(of: /value="([^"]*)"/)?.1 ?? "")))
        }
        return fields.filter { !names.contains($0.0) && $0.0 != "csrf" } + changes
    }

    private static func key(
        _ site: Site, scopes: [String] = ["listings:read", "listings:write"], ipAllowlist: [String] = [], expiresIn: Int64? = nil
    ) async throws -> (id: KeyID, secret: String) {
        let made = try await site.ledger.commands.createKey(
            CreateKey(
                name: "Sync", account: AccountID("acme"), scopes: scopes, metadata: ["owner": "Zoë", "note": " two  spaces "],
                ipAllowlist: ipAllowlist, expiresAt: expiresIn.map { site.now.adding(seconds: $0) }),
            by: .commandLine)
        return (made.outcome.key.state.id, try #require(made.secret).reveal())
    }

    private static func use(_ site: Site, _ secret: String, from address: String?, scopes: [String] = ["listings:read"]) async throws {
        let verdict = try await site.ledger.verifier.verify(
            secret, AccessCheck(scopes: scopes), context: UseContext(clientAddress: address), actor: .commandLine)
        #expect(verdict.isValid)
    }

    private static func shown(_ site: Site, _ id: KeyID) throws -> DecryptedKey { try site.ledger.keys.decryptedKey(id, for: .commandLine) }

    @Test func aFormThatNobodyTouchedChangesNothing() async throws {
        try await Site.run { site in
            let id = try await Self.key(site, scopes: ["listings:read", "odd/Scope"], ipAllowlist: ["192.0.2.0/24"], expiresIn: 1234).id
            let browser = try site.visitor("acme")
            let form = try await browser.get(Self.path(id))
            #expect(form.status == 200)
            let before = try site.ledger.log.lastPosition()
            let answer = try await browser.post(Self.path(id), Self.fields(form))
            #expect(answer.status == 303 && answer.location == Self.base + "/keys/\(id)")
            #expect(try await browser.get(Self.base + "/keys/\(id)").text.contains("Nothing had to be changed."))
            #expect(try site.ledger.log.lastPosition() == before)
        }
    }

    @Test func everyFieldIsSaved() async throws {
        try await Site.run { site in
            let id = try await Self.key(site, scopes: ["listings:read"], ipAllowlist: ["192.0.2.0/24"]).id
            let browser = try site.visitor("acme")
            let form = try await browser.get(Self.path(id))
            // More scopes, more addresses: nothing is taken, so nothing is asked.
            let answer = try await browser.post(
                Self.path(id),
                Self.fields(
                    form,
                    [
                        ("name", "Sync 2"), ("scope", "listings:read"), ("scope", "listings:write"),
                        ("addresses", "192.0.2.0/24\n2001:db8::/32"),
                        ("metadataName", "owner"), ("metadataValue", "Anna"), ("reason", "new owner"),
                    ]))
            #expect(answer.status == 303, "\(answer.status)")
            #expect(try await browser.get(Self.base + "/keys/\(id)").text.contains("The key is changed."))
            let key = try Self.shown(site, id)
            #expect(key.name == "Sync 2" && key.state.scopes == ["listings:read", "listings:write"] && key.metadata == ["owner": "Anna"])
            #expect(key.ipAllowlist == ["192.0.2.0/24", "2001:db8::/32"] && key.state.expiresAt == nil)
            #expect(try await browser.get(Self.base + "/keys/\(id)").text.contains("“new owner”"))
        }
    }

    @Test func whatIsTakenIsShownFirst() async throws {
        try await Site.run { site in
            let (id, secret) = try await Self.key(site)
            for (address, times) in [("192.0.2.1", 3), ("192.0.2.2", 2), ("198.51.100.1", 4), ("198.51.100.2", 1), ("2001:db8::1", 1)] {
                for _ in 0..<times { try await Self.use(site, secret, from: address) }
            }
            try await Self.use(site, secret, from: nil, scopes: ["listings:write"])
            let browser = try site.visitor("acme")
            let form = try await browser.get(Self.path(id))
            let before = try site.ledger.log.lastPosition()
            let review = try await browser.post(
                Self.path(id), Self.fields(form, [("scope", "listings:read"), ("addresses", "192.0.2.0/24"), ("expiry", "30")]))
            #expect(review.status == 200 && review.text.contains("Save these changes?"))
            for words in [
                "3 of 5 addresses seen in the last 24 hours would be refused: 198.51.100.1 (4 calls), 198.51.100.2 (1 call), 2001:db8::1 (1 call).",
                "1 call came from addresses that are not known.", "1 call of the last 24 hours needed what is taken away",
                "listings:write (1 call)",
                "The key stops working on 14 Feb 2027, 23:59 UTC, for good. It had 12 calls in the last 24 hours.",
            ] { #expect(review.text.contains(words), "\(words)") }
            #expect(try site.ledger.log.lastPosition() == before)
            // Back to the form, with all that was typed.
            let again = try await browser.post(Self.path(id), Self.fields(review, [("back", "yes")]))
            #expect(again.text.contains("Edit this key") && again.text.contains("\n192.0.2.0/24</textarea>"))
            #expect(again.text.contains(#"name="expiry" value="30" checked"#))
            let saved = try await browser.post(Self.path(id), Self.fields(review))
            #expect(saved.status == 303)
            let key = try Self.shown(site, id)
            #expect(key.state.scopes == ["listings:read"] && key.ipAllowlist == ["192.0.2.0/24"] && key.state.expiresAt != nil)
            #expect(key.metadata["note"] == " two  spaces ")
        }
    }

    @Test func whatCannotBeKnownOfCallersIsSaid() async throws {
        try await Site.run { site in
            let (id, secret) = try await Self.key(site)
            let browser = try site.visitor("acme")
            let form = try await browser.get(Self.path(id))
            let unused = try await browser.post(Self.path(id), Self.fields(form, [("addresses", "192.0.2.0/24")]))
            #expect(unused.text.contains("No call was accepted in the last 24 hours"))
            try await Self.use(site, secret, from: "192.0.2.9")
            // The session ends meanwhile; the form does not.
            site.advance(seconds: 86_400 + 60)
            let later = try site.visitor("acme")
            let old = try await later.post(Self.path(id), Self.fields(form, [("addresses", "192.0.2.0/24")]))
            #expect(old.text.contains("No call was accepted in the last 24 hours"))
            try await Self.use(site, secret, from: "192.0.2.9")
            let fine = try await later.post(Self.path(id), Self.fields(form, [("addresses", "192.0.2.0/24")]))
            #expect(fine.text.contains("The one address seen in the last 24 hours may go on."))
            let none = try await later.post(
                Self.path(id), Self.fields(form, [("scope", "")]).filter { $0.0 != "scope" })
            #expect(none.text.contains("Without scopes the key works only for calls that need none."))
        }
    }

    @Test func whatOthersChangeMeanwhileIsNeitherLostNorOverlooked() async throws {
        try await Site.run { site in
            let id = try await Self.key(site, scopes: ["listings:read"]).id
            let (anna, ben) = (try site.visitor("acme", subject: "anna"), try site.visitor("acme", subject: "ben"))
            let form = try await anna.get(Self.path(id))
            // Ben changes other fields: both changes stand.
            #expect(try await ben.post(Self.path(id), Self.fields(form, [("name", "Ben's")])).status == 303)
            #expect(
                try await anna.post(Self.path(id), Self.fields(form, [("scope", "listings:read"), ("scope", "listings:write")])).status
                    == 303)
            #expect(try Self.shown(site, id).name == "Ben's")
            #expect(try Self.shown(site, id).state.scopes == ["listings:read", "listings:write"])
            // The same field: Anna is told, and decides.
            let second = try await anna.get(Self.path(id))
            let bens = [("name", "Ben's again"), ("metadataName", "owner"), ("metadataValue", "Ben")]
            #expect(try await ben.post(Self.path(id), Self.fields(second, bens)).status == 303)
            let warned = try await anna.post(Self.path(id), Self.fields(second, [("name", "Anna's")]))
            #expect(warned.status == 409 && warned.text.contains("Somebody changed this key while you were editing it."))
            #expect(warned.text.contains("Nothing was saved."))
            #expect(warned.text.contains("by <bdi>ben</bdi>") && warned.text.contains(#"name="name" value="Anna"#))
            #expect(try Self.shown(site, id).name == "Ben's again")
            #expect(try await anna.post(Self.path(id), Self.fields(warned, [("name", "Anna's")])).status == 303)
            let key = try Self.shown(site, id)
            #expect(key.name == "Anna's" && key.metadata == ["owner": "Ben"])
            // The same form again, as after a double click.
            #expect(try await anna.post(Self.path(id), Self.fields(warned, [("name", "Anna's")])).status == 303)
            #expect(try Self.shown(site, id).state.changedPosition == key.state.changedPosition)
        }
    }

    @Test func wrongFieldsAndRevisionsAreRefused() async throws {
        try await Site.run { site in
            let id = try await Self.key(site).id
            let other = try await site.key("other").id
            let browser = try site.visitor("acme")
            let form = try await browser.get(Self.path(id))
            let before = try site.ledger.log.lastPosition()
            for (changes, words) in [
                ([("name", " ")], "Give the key a name"), ([("moreScopes", "LISTINGS:read")], "Did you mean listings:read?"),
                ([("addresses", "192.0.2.7\nx")], "Line 2 "), ([("metadataName", ""), ("metadataValue", "x")], "Row 1 "),
                ([("expiry", "custom"), ("expiresOn", "2020-01-01")], "That day is over"),
                ([("name", "n"), ("reason", String(repeating: "x", count: 1025))], "The reason is longer"),
                ([("name", String(repeating: "x", count: 257))], "The name is longer"),
            ] {
                let page = try await browser.post(Self.path(id), Self.fields(form, changes))
                #expect(page.status == 422 && page.text.contains(words), "\(words): \(page.status)")
            }
            for revision in ["", "-1", "0x", "18446744073709551615", try "\(Self.shown(site, other).state.changedPosition)"] {
                let page = try await browser.post(Self.path(id), Self.fields(form, [("name", "n"), ("revision", revision)]))
                #expect(page.status == 403, "\(revision): \(page.status)")
            }
            let unknown = try await browser.post(Self.path(id), Self.fields(form, [("moreScopes", "rates:read")]))
            #expect(unknown.status == 200 && unknown.text.contains("“rates:read”") && unknown.text.contains("Save changes"))
            #expect(try site.ledger.log.lastPosition() == before)
        }
    }

    @Test func onlyWhoMayChangesAKeyThatHasNotEnded() async throws {
        try await Site.run { site in
            let id = try await Self.key(site).id
            let browser = try site.visitor("acme")
            let form = Self.fields(try await browser.get(Self.path(id)), [("name", "n")])
            #expect(try await site.visitor("bolt").get(Self.path(id)).status == 404)
            #expect(try await site.visitor("bolt").post(Self.path(id), form).status == 404)
            let reader = try site.signedIn(.key(try await site.key("reader", permissions: [.keysRead]).id, secret: 1))
            #expect(try await reader.get(Self.path(id)).status == 403)
            #expect(try await reader.post(Self.path(id), form).status == 403)
            #expect(try await browser.post(Self.path(id), form, csrf: "").status == 403)
            _ = try await site.ledger.commands.revokeKey(id, by: .commandLine)
            for page in [try await browser.get(Self.path(id)), try await browser.post(Self.path(id), form)] {
                #expect(page.status == 303 && page.location == Self.base + "/keys/\(id)")
            }
            #expect(try Self.shown(site, id).name == "Sync")
        }
    }
}

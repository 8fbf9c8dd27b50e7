import HTTPTypes
import KeyEvents
import Ledger
import LedgerQueries
import Testing

@testable import Dashboard

/// The answer to a form that is refused, for whatever reason, says that nothing of it was saved; the answer to a question does not.
@Suite struct RefusedFormsTests {
    private static let base = Dashboard.base
    private static let command = ("commandId", "0123456789abcdef")

    /// The text of the answer, or of the page that it leads to.
    private static func answer(_ browser: Browser, _ path: String, _ fields: [(String, String)]) async throws -> String {
        let answer = try await browser.post(base + path, fields)
        guard let location = answer.location else { return answer.text }
        return try await browser.get(location).text
    }

    private static func revision(_ browser: Browser, _ id: KeyID) async throws -> (String, String) {
        let page = try await browser.get(base + "/keys/\(id)/edit").text
        return ("revision", String(try #require(page.firstMatch(of: /name="revision" value="(\d+)"/)).output.1))
    }

    @Test func aFormThatARevocationOvertakesSaysSo() async throws {
        try await Site.run { site in
            let anna = try site.visitor("acme")
            let forms: [(path: String, fields: [(String, String)])] = [
                ("rename", [("name", "new"), ("shown", "Mews")]), ("edit", [("name", "new")]), ("disable", []), ("enable", []),
                ("revoke", [("reason", "leaked")]), ("rotate", [("older", "day"), Self.command]),
            ]
            for (path, fields) in forms {
                for isExpiry in [false, true] {
                    let id = try await site.key("Mews", expiresIn: isExpiry ? 60 : nil).id
                    let revision = try await Self.revision(anna, id)
                    if isExpiry { site.advance(seconds: 61) } else { _ = try await site.ledger.commands.revokeKey(id, by: .commandLine) }
                    let text = try await Self.answer(anna, "/keys/\(id)/\(path)", fields + [revision])
                    #expect(text.contains("Nothing was saved: the key has ended already, for good."), "\(path)")
                }
            }
            // Who only looks is told that it has ended, and of no form.
            let id = try await site.key("Mews").id
            _ = try await site.ledger.commands.revokeKey(id, by: .commandLine)
            _ = try await anna.get(Self.base + "/keys/\(id)/revoke")
            let looked = try await anna.get(Self.base + "/keys/\(id)").text
            #expect(looked.contains("The key has ended already, for good.") && !looked.contains("Nothing was saved"))
            let two = [try await site.key("one").id, try await site.key("two").id]
            for id in two { _ = try await site.ledger.commands.revokeKey(id, by: .commandLine) }
            let bulk = try await Self.answer(anna, "/keys/revoke", two.map { ("id", $0.description) })
            #expect(bulk.contains("2 of them had ended before"))
        }
    }

    @Test func aFormThatAnotherChangeOvertakesSaysSo() async throws {
        try await Site.run { site in
            let anna = try site.visitor("acme")
            let id = try await site.key("Mews").id
            let path = Self.base + "/keys/\(id)"
            // A name that somebody else gave meanwhile is not overwritten unseen.
            _ = try await site.ledger.commands.changeKey(id, KeyChange(name: "Ben's"), by: .commandLine)
            let renamed = try await anna.post(path + "/rename", [("name", "Anna's"), ("shown", "Mews")])
            #expect(renamed.status == 422 && renamed.text.contains("Nothing was saved.") && renamed.text.contains("“Ben&#39;s” meanwhile"))
            #expect(
                renamed.text.contains("name=\"name\" value=\"Anna&#39;s\"") && renamed.text.contains("name=\"shown\" value=\"Ben&#39;s\""))
            #expect(try site.ledger.keys.decryptedKey(id, for: .commandLine).name == "Ben's")
            #expect(try await anna.post(path + "/rename", [("name", "Anna's"), ("shown", "Ben's")]).status == 303)
            #expect(try site.ledger.keys.decryptedKey(id, for: .commandLine).name == "Anna's")
            // The name that somebody else gave is given already.
            #expect(
                try await Self.answer(anna, "/keys/\(id)/rename", [("name", "Anna's"), ("shown", "Mews")]).contains("Nothing was saved."))
            _ = try await site.ledger.commands.disableKey(id, by: .commandLine)
            let disabled = try await Self.answer(anna, "/keys/\(id)/disable", [("reason", "repair")])
            #expect(disabled.contains("Nothing had to be changed. Nothing was saved."))
        }
    }

    @Test func everyRefusalSaysSo() async throws {
        try await Site.run { site in
            let key = try await site.key("Mews")
            let id = key.id
            let (anna, stranger) = (try site.visitor("acme"), try site.visitor("bolt"))
            let reader = try site.signedIn(.key(try await site.key("reader", permissions: [.keysRead]).id, secret: 1))
            let long = ("reason", String(repeating: "x", count: 2000))
            let revision = try await Self.revision(anna, id)
            let forms: [(path: String, fields: [(String, String)])] = [
                ("/keys", [("name", " "), Self.command]), ("/keys/\(id)/rename", [("name", " ")]),
                ("/keys/\(id)/edit", [("name", "n"), ("addresses", "x"), revision]), ("/keys/\(id)/disable", [long]),
                ("/keys/\(id)/revoke", [long]), ("/keys/\(id)/rotate", [long, ("older", "now"), Self.command]),
                ("/keys/revoke", [("id", id.description), long]),
            ]
            let before = try site.ledger.log.lastPosition()
            for (path, fields) in forms {
                let wrong = try await anna.post(Self.base + path, fields)
                #expect(
                    wrong.status == 422 && wrong.text.contains("Nothing was saved.") && wrong.text.contains("<title>Not saved: "), "\(path)"
                )
                let secret = try await anna.post(Self.base + path, fields.filter { $0.0 != "reason" } + [("reason", key.secret)])
                #expect(secret.status == 400 && secret.text.contains("Nothing was saved."), "\(path)")
                let foreign = try await anna.post(Self.base + path, fields, csrf: "")
                #expect(foreign.status == 403 && foreign.text.contains("Nothing was saved."), "\(path)")
                let refused = try await reader.post(Self.base + path, fields)
                #expect(refused.status == 403 && refused.text.contains("Nothing was saved."), "\(path)")
                if path != "/keys", path != "/keys/revoke" {
                    let unknown = try await stranger.post(Self.base + path, fields)
                    #expect(unknown.status == 404 && unknown.text.contains("Nothing was saved."), "\(path)")
                }
            }
            // What is asked first is not saved either.
            let asked = try await anna.post(Self.base + "/keys", [("name", "Mews"), ("preset", "custom"), Self.command])
            #expect(asked.status == 200 && asked.text.contains("Nothing was saved."))
            #expect(try site.ledger.log.lastPosition() == before)
            // Questions save nothing in any case.
            for (path, fields) in [("/keys/\(id)/test", [("address", "x")]), ("/activity", [("from", "x")])] {
                #expect(try await !Self.answer(anna, path, fields).contains("Nothing was saved"), "\(path)")
            }
            #expect(try await !anna.get(Self.base + "/keys/key_x").text.contains("Nothing was saved"))
        }
    }
}

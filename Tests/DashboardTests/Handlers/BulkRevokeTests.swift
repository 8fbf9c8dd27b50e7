import HTTPTypes
import KeyEvents
import Ledger
import LedgerQueries
import TestSupport
import Testing

@testable import Dashboard

/// Revoking several keys: what is shown, what is revoked, and what is said of what was not.
@Suite struct BulkRevokeTests {
    private static let base = Dashboard.base
    private static let path = BulkRevokePage.path

    private static func address(_ ids: [KeyID]) -> String { path + "?" + ids.map { "id=\($0)" }.joined(separator: "&") }
    private static func fields(_ ids: [KeyID]) -> [(String, String)] { ids.map { ("id", $0.description) } }

    private static func ended(_ site: Site, _ ids: [KeyID]) throws -> [Bool] {
        try ids.map { try site.ledger.key($0)?.status(at: site.now) == .revoked }
    }

    /// Sends the form, and follows to the report.
    private static func revoke(_ browser: Browser, _ fields: [(String, String)]) async throws -> Browser.Page {
        let answer = try await browser.post(path, fields)
        #expect(answer.status == 303 && answer.location == BulkRevokePage.reportPath)
        return try await browser.get(BulkRevokePage.reportPath)
    }

    /// Nothing that was done is the answer to a form: each page can be loaded again, and gone back to.
    @Test func thePagesCanBeLoadedAgain() async throws {
        try await Site.run { site in
            let keys = [try await site.key("one"), try await site.key("two"), try await site.key("three")]
            let anna = try site.visitor("acme")
            let chosen = try await anna.post(BulkRevokePage.selectPath, Self.fields(keys.prefix(2).map(\.id)))
            #expect(chosen.status == 303 && chosen.location == Self.path)
            for _ in 0..<2 { #expect(try await anna.get(Self.path).text.contains("<h1>Revoke 2 keys?</h1>")) }
            #expect(try await anna.post(Self.path, Self.fields(keys.prefix(2).map(\.id))).location == BulkRevokePage.reportPath)
            for _ in 0..<2 { #expect(try await anna.get(BulkRevokePage.reportPath).text.contains("2 keys are refused from now on")) }
            // Going back to the question, nothing is selected any more.
            #expect(try await anna.get(Self.path).location == BulkRevokePage.reportPath)
            #expect(try await site.visitor("acme").get(BulkRevokePage.reportPath).location == Self.base)
        }
    }

    /// What is selected stays so on other pages of the list, and when the question is left.
    @Test func theSelectionIsKept() async throws {
        try await Site.run { site in
            var ids: [KeyID] = []
            for number in 0..<60 {
                ids.append(try await site.key("k\(number)").id)
                site.advance(seconds: 1)
            }
            let anna = try site.visitor("acme")
            _ = try await anna.get(Self.base)
            func picked(_ path: String) async throws -> Set<String> {
                let page = try await anna.get(path).text
                let boxes = page.matches(of: /value="(key_[^"]*)" data-pick [^>]* checked/).map { String($0.1) }
                let others = page.matches(of: /<input type="hidden" name="id" value="(key_[^"]*)">/).map { String($0.1) }
                return Set(boxes + others)
            }
            let (old, new) = (ids[0], ids[59])
            let next = try await anna.post(BulkRevokePage.selectPath, Self.fields([new]) + [("to", "2")])
            #expect(next.location == Self.base + "?page=2")
            #expect(try await picked(Self.base + "?page=2") == [new.description])
            #expect(try await anna.post(BulkRevokePage.selectPath, Self.fields([new, old])).location == Self.path)
            #expect(try await anna.get(Self.path).text.contains("<h1>Revoke 2 keys?</h1>"))
            for path in [Self.base, Self.base + "?page=2"] {
                #expect(try await picked(path) == [new.description, old.description], "\(path)")
            }
            #expect(try await anna.get(Self.base).text.contains("1 more is selected elsewhere."))
            _ = try await anna.get(Self.base + "?page=2")
            #expect(
                try await anna.post(BulkRevokePage.selectPath, Self.fields([new]) + [("clear", "yes")]).location == Self.base + "?page=2")
            #expect(try await picked(Self.base).isEmpty)
            #expect(try await anna.post(BulkRevokePage.selectPath, Self.fields([new]), csrf: "").status == 403)
        }
    }

    @Test func whatIsShownIsRevoked() async throws {
        try await Site.run { site in
            let keys = [try await site.key("Used"), try await site.key("Never"), try await site.key("Left alone")]
            for _ in 0..<3 { _ = try await site.ledger.verifier.verify(keys[0].secret, actor: .commandLine) }
            let anna = try site.visitor("acme")
            let chosen = keys.prefix(2).map(\.id)
            let question = try await anna.get(Self.address(chosen + chosen))
            #expect(question.status == 200 && question.text.contains("<h1>Revoke 2 keys?</h1>"))
            #expect(question.text.contains("1 key is in use: 3 calls in the last 24 hours."))
            #expect(question.text.contains("Never used") && !question.text.contains("Left alone"))
            // Asking changes nothing.
            #expect(try Self.ended(site, keys.map(\.id)) == [false, false, false])
            let form = Self.fields(chosen) + [("reason", "spring clean")]
            let answer = try await Self.revoke(anna, form)
            #expect(answer.status == 200 && answer.text.contains("2 keys are refused from now on, everywhere."))
            #expect(try Self.ended(site, keys.map(\.id)) == [true, true, false])
            #expect(try await anna.get(Self.base + "/keys/\(chosen[1])").text.contains("spring clean"))
            // The same form again changes nothing, and says so.
            let records = try site.ledger.log.lastPosition()
            let again = try await Self.revoke(anna, form)
            #expect(again.text.contains("2 keys are refused from now on, everywhere.</strong> 2 of them had ended before."))
            #expect(try site.ledger.log.lastPosition() == records)
        }
    }

    @Test func whatCannotBeRevokedIsSaidKeyByKey() async throws {
        try await Site.run { site in
            let mine = try await site.key("Mine")
            let theirs = try await site.key("Theirs", account: "other")
            let anna = try site.visitor("acme")
            let question = try await anna.get(Self.address([mine.id, theirs.id]))
            #expect(question.text.contains("Revoke 1 key?") && !question.text.contains("Theirs"))
            let answer = try await Self.revoke(anna, Self.fields([mine.id, theirs.id]))
            #expect(answer.text.contains("1 key was not revoked.") && answer.text.contains("There is no such key"))
            #expect(answer.text.contains("1 key is refused from now on") && !answer.text.contains("Theirs"))
            #expect(answer.text.contains("href=\"\(Self.path)?id=\(theirs.id)\">Try these again</a>"))
            #expect(try Self.ended(site, [mine.id, theirs.id]) == [true, false])
        }
    }

    @Test func allThatMatchTakesTheirNumber() async throws {
        try await Site.run { site in
            var ids: [KeyID] = []
            for number in 0..<60 { ids.append(try await site.key("Older \(number)").id) }
            let kept = try await site.key("New")
            let anna = try site.visitor("acme")
            let list = try await anna.get(Self.base + "?q=older&page=2")
            #expect(list.text.contains("href=\"\(Self.path)?all=yes&amp;q=older\">Revoke all 60 that match…</a>"))
            let question = try await anna.get(Self.path + "?all=yes&q=older")
            #expect(question.text.contains("Type 60 to confirm"))
            #expect(question.text.matches(of: /name="id" value="key_/).count == 60)
            let form = Self.fields(ids) + [("all", "yes")]
            for number in [nil, "", "61", "sixty"] {
                let refused = try await anna.post(Self.path, form + (number.map { [("number", $0)] } ?? []))
                #expect(refused.status == 422 && refused.text.contains("Type 60, the number of keys"))
            }
            #expect(try Self.ended(site, ids).allSatisfy { !$0 })
            // So many take their number in any case.
            #expect(try await anna.post(Self.path, Self.fields(ids)).status == 422)
            #expect(try await Self.revoke(anna, form + [("number", " 60 ")]).text.contains("60 keys are refused from now on"))
            #expect(try Self.ended(site, ids + [kept.id]) == ids.map { _ in true } + [false])
            let log = try site.ledger.keys.findKeys(KeySearch(text: "older", statuses: [.revoked]), for: .commandLine)
            #expect(log.total == 60)
        }
    }

    @Test func theOwnKeyIsCalledOutAndComesLast() async throws {
        try await Site.run { site in
            let own = try await site.key("Own", permissions: [.keysRead, .keysWrite])
            let other = try await site.key("Other")
            let browser = try site.signedIn(.key(own.id, secret: 1))
            #expect(try await browser.get(Self.address([other.id])).text.contains("You are signed in with one of them") == false)
            let question = try await browser.get(Self.address([own.id, other.id]))
            #expect(question.text.contains("You are signed in with one of them, <bdi>Own</bdi>."))
            #expect(question.text.contains(">Revoke 2 keys and sign out</button>"))
            let theirs = try await site.key("Theirs", account: "bolt")
            // Where another key is left, the own one is still needed.
            let left = try await Self.revoke(browser, Self.fields([own.id, theirs.id]))
            #expect(left.text.contains("2 keys were not revoked.") && left.text.contains("it is still in force"))
            #expect(try Self.ended(site, [own.id]) == [false])
            let answer = try await browser.post(Self.path, Self.fields([own.id, other.id]))
            #expect(answer.status == 303 && answer.location == Dashboard.signIn)
            #expect(answer.headers[values: .setCookie].contains { $0.hasPrefix("keyledger_notice=ownKeysRevoked") })
            #expect(try Self.ended(site, [own.id, other.id]) == [true, true])
            #expect(try await browser.get(Self.base).status == 303)
        }
    }

    @Test func nothingToRevokeLeadsBack() async throws {
        try await Site.run { site in
            let key = try await site.key("one")
            let anna = try site.visitor("acme")
            for path in [Self.path, Self.path + "?all=yes&q=none"] {
                #expect(try await anna.get(path).location == Self.base)
                #expect(try await anna.get(Self.base).text.contains("No key was chosen."))
            }
            #expect(try await anna.post(Self.path, []).location == Self.base)
            _ = try await site.ledger.commands.revokeKey(key.id, by: .commandLine)
            #expect(try await anna.get(Self.address([key.id])).location == Self.base)
            #expect(try await anna.get(Self.base).text.contains("The key has ended already, for good."))
            // Who may only read is not asked, and not obeyed.
            let reader = try await site.key("reader", permissions: [.keysRead])
            let readers = try site.signedIn(.key(reader.id, secret: 1))
            #expect(try await readers.get(Self.address([reader.id])).status == 403)
            #expect(try await readers.post(Self.path, Self.fields([reader.id])).status == 403)
            #expect(try await !readers.get(Self.base).text.contains(Self.path))
            #expect(try await anna.post(Self.path, Self.fields([reader.id]), csrf: "").status == 403)
        }
    }

    /// What is no key, or another account's, is not said to need no change.
    @Test func unknownKeysAreSaidToBeNone() async throws {
        try await Site.run { site in
            let (mine, theirs) = (try await site.key("mine"), try await site.key("theirs", account: "other"))
            let anna = try site.visitor("acme")
            for id in ["junk", "key_" + String(repeating: "0", count: 32), theirs.id.description] {
                let page = try await anna.get(Self.path + "?id=\(id)")
                #expect(page.status == 404 && page.text.contains("There is no such key"), "\(id)")
            }
            let both = try await anna.get(Self.address([mine.id, theirs.id]))
            #expect(both.text.contains("1 more was named, and there is no such key.") && !both.text.contains("ended already"))
        }
    }

    @Test func aReasonThatIsNotAllowedIsAskedForAgain() async throws {
        try await Site.run { site in
            let key = try await site.key("one")
            let anna = try site.visitor("acme")
            let answer = try await anna.post(Self.path, Self.fields([key.id]) + [("reason", String(repeating: "x", count: 2_000))])
            #expect(answer.status == 422 && answer.text.contains("The reason is longer than"))
            #expect(try Self.ended(site, [key.id]) == [false])
        }
    }
}

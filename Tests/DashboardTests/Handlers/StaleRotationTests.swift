import KeyEvents
import Ledger
import LedgerQueries
import TestSupport
import Testing
import Validation

@testable import Dashboard

/// A form to rotate a key rests on the secrets that it shows: sent after another rotation, it does nothing but show the key as it is.
@Suite struct StaleRotationTests {
    private static let base = Dashboard.base

    private static func newest(_ page: Browser.Page) throws -> (newest: String, commandID: String) {
        let newest = try #require(page.text.firstMatch(of: /name="newest" value="([^"]*)"/))
        let commandID = try #require(page.text.firstMatch(of: /name="commandId" value="([^"]*)"/))
        return (String(newest.1), String(commandID.1))
    }

    @Test func aSecretThatWasPromisedToWorkGoesOn() async throws {
        try await Site.run { site in
            let key = try await site.key("Mews")
            _ = try await site.ledger.verifier.verify(key.secret, actor: .commandLine)
            let anna = try site.visitor("acme")
            let path = Self.base + "/keys/\(key.id)/rotate"
            let (first, second) = (try Self.newest(try await anna.get(path)), try Self.newest(try await anna.get(path)))
            func form(_ shown: (newest: String, commandID: String)) -> [(String, String)] {
                [("older", "week"), ("newest", shown.newest), ("commandId", shown.commandID)]
            }
            let rotated = try await anna.post(path, form(first))
            let secret = String(try #require(rotated.text.firstMatch(of: /lhql_live_[A-Za-z0-9_]+/)).output)
            _ = try await site.ledger.verifier.verify(secret, actor: .commandLine)
            // The same form once more is the same rotation; an older form is none.
            #expect(try await anna.post(path, form(first)).text.contains("This key was rotated already"))
            let stale = try await anna.post(path, form(second))
            #expect(stale.status == 409 && stale.text.contains("Nothing was saved."))
            // It does not become another one by being sent again.
            #expect(try await anna.post(path, form(second)).status == 409)
            #expect(try site.ledger.verifier.evaluate(key.secret).code == .valid)
            #expect(try site.ledger.verifier.evaluate(secret).code == .valid)
            // The form that is shown then may do it.
            #expect(try await anna.post(path, form(Self.newest(stale))).status == 200)
            #expect(try site.ledger.verifier.evaluate(key.secret).code == .revoked)
        }
    }

    /// Two people send what they were shown in the same instant: one of them rotates the key, the other is shown what it is now.
    @Test func oneOfTwoFormsOfTheSameStateRotates() async throws {
        try await Site.run { site in
            let key = try await site.key("Mews")
            let path = Self.base + "/keys/\(key.id)/rotate"
            let people = try (0..<2).map { _ in try site.visitor("acme") }
            var forms: [[(String, String)]] = []
            for person in people {
                let shown = try Self.newest(try await person.get(path))
                forms.append([("older", "day"), ("newest", shown.newest), ("commandId", shown.commandID)])
            }
            let statuses = try await withThrowingTaskGroup(of: Int.self) { [forms] group in
                for (person, form) in zip(people, forms) { group.addTask { try await person.post(path, form).status } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses.sorted() == [200, 409])
            #expect(try site.ledger.key(key.id)?.secrets.count == 2)
        }
    }

    /// A secret that was replaced is refused as revoked; who reads that is told to send the newest, and not to make another key.
    @Test func aReplacedSecretIsToldFromARevokedKey() async throws {
        try await Site.run { site in
            let (rotated, revoked) = (try await site.key("rotated"), try await site.key("revoked"))
            _ = try await site.ledger.commands.rotateKey(rotated.id, olderRetires: .now, by: .commandLine)
            _ = try await site.ledger.commands.revokeKey(revoked.id, by: .commandLine)
            let anna = try site.visitor("acme")
            for key in [rotated, revoked] { _ = try await site.ledger.verifier.verify(key.secret, actor: .commandLine) }
            // A change of a key records the refusals that are counted so far.
            _ = try await site.ledger.commands.changeKey(rotated.id, KeyChange(name: "rotated once"), by: .commandLine)
            for key in [rotated, revoked] {
                for path in ["", "/requests"] {
                    let page = try await anna.get(Self.base + "/keys/\(key.id)" + path).text
                    #expect(page.contains("was replaced by a newer one of this key") == (key.id == rotated.id), "\(path)")
                }
            }
        }
    }
}

import KeyEvents
import Ledger
import Testing

@testable import Dashboard

/// A key's history on its page: what was changed, by whom, and why.
@Suite struct HistoryTests {
    private static let base = Dashboard.base

    /// Returns the end of the key's first secret.
    private static func end(_ site: Site, _ id: KeyID) throws -> Timestamp? {
        let state = try site.ledger.key(id)
        return state?.secrets.first?.retirement?.date
    }

    @Test func oldAndNewValuesWhoAndWhy() async throws {
        try await Site.run { site in
            let key = try await site.key("Mews", permissions: [.keysRead])
            _ = try await site.ledger.commands.changeKey(
                key.id, KeyChange(scopes: ["*"], permissions: [.admin], expiry: .at(site.now.adding(seconds: 86_400))), reason: "audit <1>",
                by: .commandLine)
            _ = try await site.ledger.commands.changeKey(key.id, KeyChange(permissions: [.keysRead]), by: .commandLine)
            let anna = try site.visitor("acme")
            #expect(try await anna.post(Self.base + "/keys/\(key.id)/rename", [("name", "Guesty"), ("reason", "new name")]).status == 303)
            for (path, reason) in [("disable", "on leave"), ("enable", "back again")] {
                #expect(try await anna.post(Self.base + "/keys/\(key.id)/\(path)", [("reason", reason)]).status == 303)
            }
            let form = [("older", "week"), ("commandId", "0123456789abcdef"), ("reason", "each year")]
            #expect(try await anna.post(Self.base + "/keys/\(key.id)/rotate", form).status == 200)
            let page = try await anna.get(Self.base + "/keys/\(key.id)").text
            for words in [
                "Scopes: <bdi>none</bdi> → <bdi>*</bdi>", "Permissions: <bdi>keys.read</bdi> → <bdi>admin</bdi>",
                "Expiry: <bdi>never</bdi> → <bdi>16 Jan 2027, 08:00 UTC</bdi>", "Reason: <bdi>“audit &lt;1&gt;”</bdi>",
                "Name: <bdi>“Mews”</bdi> → <bdi>“Guesty”</bdi>", "Reason: <bdi>“new name”</bdi>", "Reason: <bdi>“on leave”</bdi>",
                "Reason: <bdi>“back again”</bdi>", "Reason: <bdi>“each year”</bdi>", "by <bdi>the operator</bdi>", "by <bdi>anna</bdi>",
                "in force</bdi> → <bdi>until 22 Jan 2027, 08:00 UTC (168 h)</bdi>",
            ] { #expect(page.contains(words), "\(words)") }
        }
    }

    @Test func aReasonThatIsNoneIsSaid() async throws {
        try await Site.run { site in
            let key = try await site.key("Mews")
            let anna = try site.visitor("acme")
            let before = try site.ledger.log.lastPosition()
            let long = String(repeating: "x", count: 1025)
            for (path, fields) in [
                ("rename", [("name", "n")]), ("disable", []), ("rotate", [("older", "day"), ("commandId", "0123456789abcdef")]),
                ("revoke", []),
            ] as [(String, [(String, String)])] {
                let page = try await anna.post(Self.base + "/keys/\(key.id)/\(path)", fields + [("reason", long)])
                #expect(page.status == 422 && page.text.contains("The reason is longer than 1024 characters."), "\(path): \(page.status)")
            }
            #expect(try site.ledger.log.lastPosition() == before)
        }
    }

    @Test func theGraceThatWasSaidIsShownBeforeItIsMadeLonger() async throws {
        try await Site.run { site in
            let key = try await site.key("Mews")
            let anna = try site.visitor("acme")
            _ = try await site.ledger.verifier.verify(key.secret, actor: .commandLine)
            _ = try await site.ledger.commands.rotateKey(key.id, olderRetires: .after(.seconds(3600)), by: .commandLine)
            let page = try await anna.get(Self.base + "/keys/\(key.id)/rotate").text
            #expect(page.contains("until 15 Jan 2027, 09:00 UTC") && page.contains(#"name="extend""#))
            _ = try await anna.post(Self.base + "/keys/\(key.id)/rotate", [("older", "week"), ("commandId", "0123456789abcdef")])
            #expect(try Self.end(site, key.id) == Site.start.adding(seconds: 3600))
            let longer = [("older", "week"), ("extend", "yes"), ("commandId", "0123456789abcdeg")]
            _ = try await anna.post(Self.base + "/keys/\(key.id)/rotate", longer)
            #expect(try Self.end(site, key.id) == Site.start.adding(seconds: 7 * 86_400))
        }
    }
}

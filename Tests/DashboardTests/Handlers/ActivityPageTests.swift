import HTTPTypes
import KeyEvents
import Ledger
import Testing

@testable import Dashboard

/// The page about what was done to the keys of an account.
@Suite struct ActivityPageTests {
    private static let path = Dashboard.base + "/activity"

    private static func titles(_ page: Browser.Page) -> [String] {
        page.text.matches(of: /<span class="outcome outcome-[a-z]+">([^<]*)</).map { String($0.1) }
    }

    @Test func whatWasDoneIsShownNewestFirst() async throws {
        try await Site.run { site in
            let key = try await site.key("Mews")
            let theirs = try await site.key("theirs", account: "bolt")
            site.advance(seconds: 86_400)
            let (anna, bert) = (try site.visitor("acme", subject: "anna"), try site.visitor("acme", subject: "Bért"))
            _ = try await anna.post(Dashboard.base + "/keys/\(key.id)/rename", [("name", "Guesty"), ("reason", "new <name>")])
            _ = try await site.ledger.verifier.verify(key.secret, actor: .commandLine)
            _ = try await bert.post(Dashboard.base + "/keys/\(key.id)/revoke", [("reason", "=leaked")])
            let page = try await anna.get(Self.path)
            #expect(page.status == 200 && Self.titles(page) == ["Revoked", "Renamed to “Guesty”", "Created as “Mews”"])
            #expect(page.text.contains("Reason: <bdi>“new &lt;name&gt;”</bdi>") && page.text.contains("/keys/\(key.id)"))
            #expect(!page.text.contains(theirs.id.description))
            for (query, expected) in [
                ("what=revoked", ["Revoked"]), ("by=ANNA", ["Renamed to “Guesty”"]), ("by=bert", ["Revoked"]),
                ("by=operator", ["Created as “Mews”"]), ("to=2027-01-15", ["Created as “Mews”"]), ("what=switched", []),
                ("from=2027-01-16&to=2027-01-16", ["Revoked", "Renamed to “Guesty”"]), ("from=2027-01-17", []),
                // Another account is not named by whoever sees one alone.
                ("account=bolt", ["Revoked", "Renamed to “Guesty”", "Created as “Mews”"]),
            ] { #expect(try await Self.titles(anna.get(Self.path + "?" + query)) == expected, "\(query)") }
            for query in ["from=yesterday", "to=2027-13-01"] {
                #expect(try await anna.get(Self.path + "?" + query).status == 422, "\(query)")
            }
            let operators = try site.signedIn(.link)
            #expect(try await Self.titles(operators.get(Self.path)).count == 4)
            #expect(try await Self.titles(operators.get(Self.path + "?account=bolt")) == ["Created as “theirs”"])
            #expect(try await Self.titles(operators.get(Self.path + "?account=nobody")) == [])
        }
    }

    @Test func theFormLeadsToAnAddressWithoutSecrets() async throws {
        try await Site.run { site in
            let key = try await site.key("Mews")
            let anna = try site.visitor("acme")
            let page = try await anna.post(Self.path, [("by", " anna "), ("what", "revoked"), ("from", ""), ("to", "2027-01-15")])
            #expect(page.status == 303 && page.location == Self.path + "?by=anna&what=revoked&to=2027-01-15")
            #expect(try await anna.get(Self.path + "?from=2027-01-15&to=2027-01-15").status == 200)
            let backwards = try await anna.get(Self.path + "?from=2027-01-16&to=2027-01-15")
            #expect(backwards.status == 422 && backwards.text.contains("the first one before the last"))
            let random = String(key.secret.dropFirst("lhql_live_".count).prefix(43))
            for secret in [key.secret, random] {
                for path in [Self.path, Self.path + ".csv"] {
                    let led = try await anna.get(path + "?by=" + secret)
                    #expect(led.status == 303 && led.location?.contains(secret) == false, "\(led.status)")
                }
                let refused = try await anna.post(Self.path, [("by", secret)])
                #expect(refused.status == 400 && !refused.text.contains(secret), "\(refused.status)")
            }
        }
    }

    @Test func itIsPaged() async throws {
        try await Site.run { site in
            for number in 0..<70 { _ = try await site.key("k\(number)") }
            let anna = try site.visitor("acme")
            let first = try await anna.get(Self.path)
            let older = try #require(first.text.firstMatch(of: /href="([^"]*before=[^"]*)">Older/)).1
            let second = try await anna.get(String(older))
            #expect(Self.titles(first) + Self.titles(second) == (0..<70).reversed().map { "Created as “k\($0)”" })
        }
    }

    @Test func theSameAsCSV() async throws {
        try await Site.run { site in
            let key = try await site.key("=Mews, \"two\"")
            _ = try await site.key("theirs", account: "bolt")
            let anna = try site.visitor("acme")
            _ = try await anna.post(Dashboard.base + "/keys/\(key.id)/revoke", [("reason", "+leaked")])
            let file = try await anna.get(Self.path + ".csv")
            #expect(file.status == 200 && file.headers[.contentType] == "text/csv; charset=utf-8")
            #expect(file.headers[.contentDisposition] == "attachment; filename=\"activity-2027-01-15.csv\"")
            #expect(file.headers[.cacheControl] == "no-store")
            let lines = file.text.split(separator: "\r\n")
            #expect(lines.count == 3 && lines[0].hasPrefix("\u{FEFF}time,event,key_name,key_id,"))
            #expect(lines[1].contains("KeyRevoked,\"'=Mews, \"\"two\"\"\",\(key.id),acme,anna,") && lines[1].contains(",'+leaked,"))
            #expect(try await anna.get(Self.path + ".csv?what=created").text.split(separator: "\r\n").count == 2)
            #expect(try await anna.get(Self.path + ".csv?from=junk").status == 422)
            #expect(try await site.stranger.get(Self.path + ".csv").status == 303)
        }
    }
}

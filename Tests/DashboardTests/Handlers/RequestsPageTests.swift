import KeyEvents
import Ledger
import LedgerQueries
import Testing
import Validation

@testable import Dashboard

/// The request log of a key.
@Suite struct RequestsPageTests {
    private static func path(_ id: KeyID, _ query: String = "") -> String { Dashboard.base + "/keys/\(id)/requests" + query }

    private static func use(
        _ site: Site, _ secret: String, scopes: [String] = [], _ context: UseContext = UseContext()
    ) async throws {
        let check = AccessCheck(scopes: scopes, address: context.address)
        _ = try await site.ledger.verifier.verify(secret, check, context: context, actor: .commandLine)
    }

    @Test func whatIsRecordedOfARequestIsShown() async throws {
        try await Site.run { site in
            let key = try await site.key("Mews")
            try await Self.use(
                site, key.secret, UseContext(clientAddress: "192.0.2.7", method: "GET", path: "/v1/<listings>?page=2"))
            try await Self.use(site, key.secret)
            try await Self.use(site, key.secret, scopes: ["listings:write"], UseContext(clientAddress: "192.0.2.8"))
            site.advance(seconds: 2)
            _ = try await site.ledger.commands.disableKey(key.id, by: .commandLine)
            let page = try await site.visitor("acme").get(Self.path(key.id))
            #expect(page.status == 200)
            for words in [
                "192.0.2.7", "GET /v1/&lt;listings&gt;</code>", "not recorded", "INSUFFICIENT_SCOPE", "<code>listings:write</code>",
                "192.0.2.8",
                "15 Jan 2027, 08:00:00 UTC",
            ] { #expect(page.text.contains(words), "\(words)") }
            #expect(!page.text.contains("page=2"))
            let tile = try await site.visitor("acme").get(Dashboard.base + "/keys/\(key.id)").text
            #expect(!tile.contains("from <bdi>192.0.2.7</bdi>"), "the last use came from an address that is not known")
            _ = try await site.ledger.commands.enableKey(key.id, by: .commandLine)
            try await Self.use(site, key.secret, UseContext(clientAddress: "192.0.2.9"))
            #expect(try await site.visitor("acme").get(Dashboard.base + "/keys/\(key.id)").text.contains("from <bdi>192.0.2.9</bdi>"))
        }
    }

    @Test func anOutcomeIsChosenInTheAddress() async throws {
        try await Site.run { site in
            let key = try await site.key("Mews")
            for number in 0..<120 {
                try await Self.use(site, key.secret, scopes: number % 40 == 7 ? ["listings:write"] : [])
                site.advance(seconds: 60)
            }
            _ = try await site.ledger.commands.disableKey(key.id, by: .commandLine)
            try await Self.use(site, key.secret)
            site.advance(seconds: 2)
            _ = try await site.ledger.commands.enableKey(key.id, by: .commandLine)
            let anna = try site.visitor("acme")
            func all(_ query: String) async throws -> (accepted: Int, refused: Int) {
                var path: String? = Self.path(key.id, query)
                var counts = (accepted: 0, refused: 0)
                while let current = path {
                    let page = try await anna.get(current).text
                    counts.accepted += page.ranges(of: "outcome-accepted").count
                    counts.refused += page.ranges(of: "outcome-refused").count
                    path = page.firstMatch(of: /href="([^"]*before=[^"]*)">Older/).map { String($0.1).replacing("&amp;", with: "&") }
                }
                return counts
            }
            #expect(try await all("") == (117, 4))
            #expect(try await all("?outcome=accepted") == (117, 0))
            #expect(try await all("?outcome=refused") == (0, 4))
            #expect(try await all("?outcome=INSUFFICIENT_SCOPE") == (0, 3))
            #expect(try await all("?outcome=DISABLED") == (0, 1))
            #expect(try await all("?outcome=REVOKED") == (0, 0))
            #expect(try await anna.get(Self.path(key.id, "?outcome=REVOKED")).text.contains("never refused for this reason"))
            for junk in ["?outcome=junk", "?before=junk", "?before=-1", "?before=99999999999999999999", "?before=0"] {
                #expect(try await anna.get(Self.path(key.id, junk)).status == 200, "\(junk)")
            }
        }
    }

    @Test func othersSeeNothingAndOperatorsAreNoted() async throws {
        try await Site.run { site in
            let key = try await site.key("Mews", account: "bolt")
            try await Self.use(site, key.secret)
            #expect(try await site.visitor("acme").get(Self.path(key.id)).status == 404)
            #expect(try await site.signedIn(.link).get(Self.path(key.id)).status == 200)
            try await site.ledger.flushed()
            var readings: [String] = []
            try site.ledger.events.events(from: 0, limit: 100) { _, event, _ in
                if case .logRead(let reading) = event.body { readings.append(reading.what) }
            }
            #expect(readings.contains("events"))
        }
    }
}

extension Ledger {
    /// Waits for what is written in the background: a command's record comes behind it.
    fileprivate func flushed() async throws {
        _ = try await commands.createKey(CreateKey(name: "later", account: AccountID("acme")), by: .commandLine)
    }
}

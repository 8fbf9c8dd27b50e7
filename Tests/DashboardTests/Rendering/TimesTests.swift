import HTTPTypes
import KeyEvents
import Ledger
import TestSupport
import Testing
import Validation

@testable import Dashboard

/// Times on the pages are for people: in one zone, UTC, on every page, and with its name.
@Suite struct TimesTests {
    @Test func everyPageHasOneZone() async throws {
        try await Site.run { site in
            let key = try await site.key("a", permissions: [.keysRead], expiresIn: 86_400)
            _ = try await site.ledger.commands.rotateKey(key.id, olderRetires: .after(Rotation.defaultGrace), by: .commandLine)
            _ = try await site.ledger.verifier.verify(key.secret, AccessCheck(), actor: .commandLine)
            let anna = try site.visitor("acme")
            for path in [
                "", "/keys/\(key.id)", "/keys/\(key.id)/requests", "/keys/\(key.id)/rotate", "/keys/revoke?id=\(key.id)", "/activity",
            ] {
                let page = try await anna.get(Dashboard.base + path)
                let times = page.text.matches(of: /<time [^>]*>([^<]*)<\/time>/).map { String($0.1) }
                #expect(page.status == 200 && times.allSatisfy { $0.hasSuffix(" UTC") }, "\(path): \(times)")
                #expect(page.text.contains("<p data-zone>Times are in UTC.</p>"), "\(path)")
            }
            #expect(Templates.sources.allSatisfy { !$0.text.contains("data-utc") })
        }
    }

    /// Sentences of the ledger are written for programs too, with their times.
    @Test func sentencesOfTheLedgerHaveReadableTimes() async throws {
        try await Site.run { site in
            let expired = try await site.key("expired", permissions: [.keysRead], expiresIn: 10)
            let brief = try await site.key("brief", permissions: [.keysRead, .keysWrite], expiresIn: 86_400)
            site.advance(seconds: 60)
            let cookie = "visitor"
            let headers: HTTPFields = [.cookie: site.dashboard.settings.cookieName("door") + "=" + cookie]
            let refused = try await site.stranger.post(
                Dashboard.signIn, [("key", expired.secret)], csrf: site.dashboard.tokens.token(for: cookie), headers: headers)
            #expect(refused.status == 401 && refused.text.contains("The key expired at 15 Jan 2027, 08:00 UTC; create a new key"))
            let made = try await site.signedIn(.key(brief.id, secret: 1)).post(
                Dashboard.base + "/keys", [("name", "x"), ("expiry", "30"), ("commandId", "0123456789abcdef")])
            #expect(made.status == 422 && made.text.contains("must not lie after 16 Jan 2027, 08:00 UTC, when"))
            for page in [refused, made] { #expect(page.text.firstMatch(of: />[^<]*\d-\d\dT\d\d:/) == nil) }
        }
    }
}

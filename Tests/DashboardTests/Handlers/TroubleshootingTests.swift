import KeyEvents
import Ledger
import LedgerQueries
import Projections
import Testing

@testable import Dashboard

@Suite struct TroubleshootingTests {
    @Test func itSaysWhatIsWrongAndKeepsNothing() async throws {
        try await Site.run { site in
            let good = try await site.key("good")
            let revoked = try await site.key("revoked")
            _ = try await site.ledger.commands.revokeKey(revoked.id, by: .commandLine)
            let disabled = try await site.key("disabled")
            _ = try await site.ledger.commands.disableKey(disabled.id, by: .commandLine)
            let expired = try await site.key("expired", expiresIn: 10)
            let theirs = try await site.key("theirs", account: "bolt")
            site.advance(seconds: 20)
            let browser = try site.visitor("acme")
            let before = try site.ledger.log.lastPosition()
            let cases = [
                ("Authorization: Bearer \(good.secret)", "This key works"), ("Authorization: \(good.secret)", "the header is wrong"),
                ("Authorization: Bearer \(good.secret.dropLast(3))", "did not send the complete key"),
                ("Authorization: Bearer \(revoked.secret)", "The key was revoked"),
                ("Authorization: Bearer \(disabled.secret)", "The key is disabled"),
                ("Authorization: Bearer \(expired.secret)", "The key has expired"),
                ("Authorization: Bearer \(theirs.secret)", "There is no such key"), ("Authorization: Basic eDp5", "finds no key in it"),
            ]
            for (header, words) in cases {
                let page = try await browser.post(Dashboard.base + "/troubleshooting", [("requestHeader", header)])
                #expect(page.status == 200 && page.text.contains(words), "\(words)")
                for key in [good, revoked, disabled, expired, theirs] { #expect(!page.text.contains(key.secret.dropLast(3))) }
                #expect(!page.text.contains(theirs.id.description))
            }
            #expect(try site.ledger.log.lastPosition() == before)
            #expect(try site.ledger.keys.usage(of: good.id, for: .commandLine).usage.counts.uses == 0)
        }
    }
}

import KeyEvents
import Ledger
import Testing

@testable import Dashboard

/// The marks that a key carries in the table.
@Suite struct MarksTests {
    private static let soon = "Expires within 14 days"
    private static let unused = "Not used for 90 days"
    private static let day: Int64 = 86_400

    /// How often each mark stands in the table; with all keys shown.
    private static func marks(_ site: Site) async throws -> [Int] {
        let page = try await site.visitor("acme").get(Dashboard.base + "?status=all")
        #expect(page.status == 200)
        // The filters have the same words.
        return [soon, unused].map { page.text.ranges(of: $0 + "</span>").count }
    }

    @Test func aKeyThatEndsWithinTwoWeeksIsMarkedUntilItHasEnded() async throws {
        try await Site.run { site in
            _ = try await site.key("for ever")
            _ = try await site.key("for a while", expiresIn: 20 * Self.day)
            #expect(try await Self.marks(site) == [0, 0])
            site.advance(seconds: 6 * Self.day - 1)
            #expect(try await Self.marks(site) == [0, 0])
            site.advance(seconds: 1)
            #expect(try await Self.marks(site) == [1, 0])
            site.advance(seconds: 14 * Self.day)
            #expect(try await Self.marks(site) == [0, 0])
        }
    }

    @Test func aKeyThatNobodyUsedForAQuarterIsMarkedUntilItIsUsed() async throws {
        try await Site.run { site in
            let (used, never) = (try await site.key("used"), try await site.key("never used"))
            let disabled = try await site.key("disabled")
            _ = try await site.ledger.commands.disableKey(disabled.id, by: .commandLine)
            site.advance(seconds: 10 * Self.day)
            _ = try await site.ledger.verifier.verify(used.secret, actor: .commandLine)
            site.advance(seconds: 80 * Self.day)
            #expect(try await Self.marks(site) == [0, 0])
            // Who was never used counts from its creation on; of a key that is stopped it goes without saying.
            site.advance(seconds: 1)
            #expect(try await Self.marks(site) == [0, 1])
            site.advance(seconds: 10 * Self.day)
            #expect(try await Self.marks(site) == [0, 2])
            for key in [used, never] { _ = try await site.ledger.verifier.verify(key.secret, actor: .commandLine) }
            #expect(try await Self.marks(site) == [0, 0])
        }
    }
}

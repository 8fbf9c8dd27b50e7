import Dispatch
import HTTPTypes
import KeyEvents
import Ledger
import TestSupport
import Testing

@testable import Dashboard

@Suite("Pages wait for their account's turn")
struct BusyPageTests {
    private static let pages = [
        Dashboard.base, Dashboard.base + "?q=x&sort=name", Dashboard.base + "/keys/new", Dashboard.base + "/troubleshooting",
        Dashboard.root + "/api-docs",
    ]

    /// Fills one account's share of the questions for the time of `body`.
    private static func whileFull(_ account: AccountID, _ ledger: Ledger, _ body: () async throws -> Void) async throws {
        let (reached, opened) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let limits = FairLimits.questions
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<limits.threadsOfTenant {
                group.addTask {
                    try await ledger.lanes.questions.run(for: .account(account)) {
                        reached.signal()
                        opened.wait()
                        opened.signal()
                    }
                }
                await waitUntil { reached.wait(timeout: .now()) == .success }
            }
            for _ in 0..<limits.waitingOfTenant { group.addTask { try await ledger.lanes.questions.run(for: .account(account)) {} } }
            await waitUntil { ledger.lanes.questions.load.waiting >= limits.waitingOfTenant }
            // Also where it fails: they would wait for ever.
            var problem: (any Error)?
            do { try await body() } catch { problem = error }
            opened.signal()
            try await group.waitForAll()
            if let problem { throw problem }
        }
    }

    @Test("Who asks too much gets a plain page with Retry-After; others see theirs, and what is done is done")
    func tooMuch() async throws {
        try await Site.run { site in
            let key = try await site.key("used", account: "acme")
            let (busy, other) = (try site.visitor("acme"), try site.visitor("bolt"))
            let paths = Self.pages + ["", "/revoke", "/rotate"].map { Dashboard.base + "/keys/\(key.id)" + $0 }
            try await Self.whileFull(try #require(AccountID("acme")), site.ledger) {
                for path in paths {
                    let page = try await busy.get(path)
                    #expect(page.status == 429 && page.headers[.retryAfter] == "1", "\(path)")
                    #expect(page.text.contains("Too much is asked at the moment") && page.headers[.contentSecurityPolicy] != nil)
                }
                let live = try await busy.get(Dashboard.base + "/keys/live?ids=\(key.id)")
                #expect(live.status == 429 && live.headers[.retryAfter] == "1" && live.text.contains("BUSY"))
                for path in Self.pages { #expect(try await other.get(path).status == 200, "\(path)") }
                // A name that was not looked for is not taken for one that is free; the form can be sent again.
                let form = [("commandId", "0123456789abcdef0"), ("name", "new"), ("expiry", "never"), ("environment", "live")]
                #expect(try await busy.post(Dashboard.base + "/keys", form).status == 429)
                let revoked = try await busy.post(Dashboard.base + "/keys/\(key.id)/revoke", [("reason", "lost")])
                #expect(revoked.status == 303)
                #expect(try site.ledger.key(key.id)?.status(at: site.now) == .revoked)
            }
            for path in Self.pages { #expect(try await busy.get(path).status == 200, "\(path)") }
        }
    }
}

import HTTPTypes
import KeyEvents
import Ledger
import TestSupport
import Testing

@testable import Dashboard

/// A page says that something was done only when it was: once, on the page that the form led to, and whatever the address says.
@Suite struct NoticeTests {
    private static let base = Dashboard.base
    private static var notice: Regex<Substring> { /<div class="notice[^"]*" role="(?:status|alert)">/ }

    @Test func aNoticeIsShownOnceOnTheNextPage() async throws {
        try await Site.run { site in
            let (one, other) = (try await site.key("one"), try await site.key("other"))
            let anna = try site.visitor("acme")
            let bert = try site.visitor("acme", subject: "bert")
            let revoked = try await anna.post(Self.base + "/keys/\(one.id)/revoke", [])
            let path = Self.base + "/keys/\(one.id)"
            #expect(revoked.status == 303 && revoked.location == path)
            // Neither another page, nor another person's, nor the script's questions take it.
            #expect(try await !anna.get(Self.base + "/keys/\(other.id)").text.contains(Self.notice))
            #expect(try await !bert.get(path).text.contains(Self.notice))
            _ = try await anna.get(Self.base + "/keys/live?ids=\(one.id)")
            #expect(try await anna.get(path).text.contains("The key is revoked. It is refused from now on"))
            #expect(try await !anna.get(path).text.contains(Self.notice))
        }
    }

    /// A notice is not shown a minute later, nor when somebody else has undone what it says.
    @Test func aNoticeThatIsNoLongerTrueIsNotShown() async throws {
        try await Site.run { site in
            let key = try await site.key("one")
            let anna = try site.visitor("acme")
            let path = Self.base + "/keys/\(key.id)"
            func isTold() async throws -> Bool { try await anna.get(path).text.contains(Self.notice) }
            #expect(try await anna.post(path + "/disable", []).status == 303)
            #expect(try await isTold())
            #expect(try await anna.post(path + "/enable", []).status == 303)
            _ = try await site.ledger.commands.disableKey(key.id, by: .commandLine)
            #expect(try await !isTold())
            #expect(try await anna.post(path + "/enable", []).status == 303)
            site.advance(seconds: SessionStore.noticeLifetime.wholeSeconds)
            #expect(try await !isTold())
        }
    }

    @Test func anAddressShowsNone() async throws {
        try await Site.run { site in
            let key = try await site.key("active")
            let anna = try site.visitor("acme")
            for name in ["revoked", "renamed", "disabled", "enabled", "unchanged", "ended", "keyInAddress", "sessionEnded", "signedOut"] {
                for parameter in ["done", "notice", name] {
                    for path in [Self.base, Self.base + "/keys/\(key.id)"] {
                        #expect(
                            try await !anna.get("\(path)?\(parameter)=\(name)").text.contains(Self.notice), "\(path)?\(parameter)=\(name)")
                    }
                    #expect(try await !site.stranger.get("\(Dashboard.signIn)?\(parameter)=\(name)").text.contains(Self.notice))
                }
            }
        }
    }

    @Test func whoHasNoSessionIsToldByACookie() async throws {
        try await Site.run { site in
            let anna = try site.visitor("acme")
            let signedOut = try await anna.post(Dashboard.root + "/sign-out", [])
            #expect(signedOut.location == Dashboard.signIn)
            let cookie = try #require(signedOut.headers[values: .setCookie].first { $0.hasPrefix("keyledger_notice=") })
            let value = String(cookie.prefix { $0 != ";" })
            let page = try await site.stranger.get(Dashboard.signIn, headers: [.cookie: value])
            #expect(page.text.contains("You are signed out."))
            #expect(page.headers[values: .setCookie].contains { $0.hasPrefix("keyledger_notice=;") && $0.contains("Max-Age=0") })
            #expect(try await !site.stranger.get(Dashboard.signIn, headers: [.cookie: "keyledger_notice=junk"]).text.contains(Self.notice))
        }
    }
}

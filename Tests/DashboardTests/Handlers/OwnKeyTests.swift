import HTTPTypes
import HummingbirdTesting
import KeyEvents
import Ledger
import TestSupport
import Testing

@testable import Dashboard

/// The page warns before something ends the session that it is done in, and says afterwards that the session is over.
@Suite struct OwnKeyTests {
    private static let base = Dashboard.base
    private static let warning = "You are signed in with this key."

    private static func notice(_ page: Browser.Page) -> String? {
        page.headers[values: .setCookie].compactMap { $0.firstMatch(of: /^keyledger_notice=(\w+)/) }.first.map { String($0.1) }
    }

    @Test func disablingOnesOwnKeySignsOut() async throws {
        try await Site.run { site in
            let mine = try await site.key("mine", permissions: [.keysRead, .keysWrite])
            let other = try await site.key("other")
            let anna = try site.signedIn(.key(mine.id, secret: 1))
            #expect(try await !anna.get(Self.base + "/keys/\(other.id)").text.contains(Self.warning))
            let asked = try await anna.get(Self.base + "/keys/\(mine.id)").text
            #expect(asked.contains(Self.warning) && asked.contains(">Disable and sign out</button>"))
            #expect(try await anna.post(Self.base + "/keys/\(other.id)/disable", []).location == Self.base + "/keys/\(other.id)")
            let disabled = try await anna.post(Self.base + "/keys/\(mine.id)/disable", [])
            #expect(disabled.location == Dashboard.signIn && Self.notice(disabled) == "ownKeyDisabled")
            #expect(try site.ledger.key(mine.id)?.status(at: site.now) == .disabled)
        }
    }

    /// The secret of the session ends at once, or was never used and is replaced.
    @Test func endingTheSecretOfTheSessionSignsOut() async throws {
        try await Site.run { site in
            let mine = try await site.key("mine", permissions: [.keysRead, .keysWrite])
            let path = Self.base + "/keys/\(mine.id)/rotate"
            let anna = try site.signedIn(.key(mine.id, secret: 1))
            let first = try await anna.get(path)
            // Only one of the four choices ends it.
            #expect(first.text.matches(of: /You are signed in with this key\./).count == 1)
            let kept = try await anna.post(path, [("older", "week"), ("commandId", "0123456789abcdef")])
            #expect(kept.status == 200 && !kept.text.contains("You are signed out") && kept.text.contains(">Sign out</button>"))
            // Every choice ends the newer secret, which was never used: of a session that rests on it, too.
            let newer = try await site.signedIn(.key(mine.id, secret: 2)).get(path).text
            #expect(newer.contains("The secret that you signed in with ends now") && newer.contains("takes its place"))
            let ended = try await anna.post(path, [("older", "now"), ("commandId", "fedcba9876543210")])
            #expect(ended.text.contains("You are signed out,") && ended.text.contains("id=\"secret\""))
            #expect(!ended.text.contains(">Sign out</button>"))
            #expect(ended.headers[values: .setCookie].contains { $0.hasPrefix("keyledger_session=;") })
            #expect(try await anna.get(Self.base).status == 303)
        }
    }

    /// Over a socket, since only there is an address.
    @Test func takingAwayOnesOwnAddressSignsOut() async throws {
        try await Site.run(over: .live) { site in
            let mine = try await site.key("mine", permissions: [.keysRead, .keysWrite])
            let anna = try site.signedIn(.key(mine.id, secret: 1))
            let path = Self.base + "/keys/\(mine.id)/edit"
            let revision = try #require(try await anna.get(path).text.firstMatch(of: /name="revision" value="(\d+)"/)).1
            func form(_ addresses: String, _ more: [(String, String)] = []) -> [(String, String)] {
                [("name", "mine"), ("revision", String(revision)), ("expiry", "keep"), ("addresses", addresses)] + more
            }
            #expect(try await !anna.post(path, form("127.0.0.0/8")).text.contains(Self.warning))
            let review = try await anna.post(path, form("192.0.2.7"))
            #expect(review.text.contains(Self.warning) && review.text.contains(">Save changes and sign out</button>"))
            let saved = try await anna.post(path, form("192.0.2.7", [("reviewed", "yes")]))
            #expect(saved.location == Dashboard.signIn && Self.notice(saved) == "ownKeyChanged")
        }
    }

    @Test func whoMayNotUseTheirKeyFromHereCanSignOut() async throws {
        try await Site.run(over: .live) { site in
            let mine = try await site.key("mine", permissions: [.keysRead])
            let anna = try site.signedIn(.key(mine.id, secret: 1))
            _ = try await site.ledger.commands.changeKey(mine.id, KeyChange(ipAllowlist: ["192.0.2.7"]), by: .commandLine)
            let refused = try await anna.get(Self.base)
            #expect(refused.status == 403 && refused.text.contains("action=\"\(Dashboard.root)/sign-out\""))
            #expect(refused.text.contains("value=\"\(anna.csrf)\""))
            #expect(try await anna.post(Dashboard.root + "/sign-out", [], csrf: "").status == 403)
            let out = try await anna.post(Dashboard.root + "/sign-out", [])
            #expect(out.location == Dashboard.signIn && Self.notice(out) == "signedOut")
            #expect(try await anna.get(Self.base).status == 303)
        }
    }

    @Test func revokingOnesOwnKeySignsOut() async throws {
        try await Site.run { site in
            let mine = try await site.key("mine", permissions: [.keysRead, .keysWrite])
            let other = try await site.key("other")
            let anna = try site.signedIn(.key(mine.id, secret: 1))
            let path = { (id: KeyID) in Dashboard.base + "/keys/\(id)/revoke" }
            let warning = "You are signed in with this key."
            #expect(try await !anna.get(path(other.id)).text.contains(warning))
            let asked = try await anna.get(path(mine.id))
            #expect(asked.text.contains(warning) && asked.text.contains(">Revoke and sign out</button>"))
            let before = try await anna.post(path(other.id), [])
            #expect(before.location == Dashboard.base + "/keys/\(other.id)")
            let revoked = try await anna.post(path(mine.id), [])
            #expect(revoked.status == 303 && revoked.location == Dashboard.signIn)
            let cookies = revoked.headers[values: .setCookie]
            #expect(cookies.contains { $0.hasPrefix("keyledger_notice=ownKeyRevoked") })
            #expect(cookies.contains { $0.hasPrefix("keyledger_session=;") })
            #expect(try await anna.get(Dashboard.base).status == 303)
            #expect(try site.ledger.key(mine.id)?.status(at: site.now) == .revoked)
        }
    }
}

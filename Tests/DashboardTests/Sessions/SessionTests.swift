import Bytes
import HTTPTypes
import HummingbirdTesting
import KeyEvents
import Ledger
import LedgerQueries
import TestSupport
import Testing

@testable import Dashboard

@Suite struct SessionTests {
    private static let base = Dashboard.base

    @Test func strangersAreAskedToSignIn() async throws {
        try await Site.run { site in
            let id = try await site.key("a").id
            for path in ["", "/keys/new", "/keys/\(id)", "/keys/\(id)/revoke", "/troubleshooting"] {
                let page = try await site.stranger.get(Self.base + path)
                #expect(page.status == 303 && page.location?.hasPrefix(Dashboard.signIn) == true, "\(path)")
            }
            #expect(try await site.stranger.get(Self.base + "/keys/live?ids=\(id)").status == 401)
            #expect(try await site.stranger.post(Self.base + "/keys/\(id)/revoke", []).status == 303)
            #expect(try site.ledger.key(id)?.end == nil)
        }
    }

    @Test func aSessionEndsWithTheKeyBehindIt() async throws {
        try await Site.run { site in
            for way in 0..<4 {
                let admin = try await site.key("admin \(way)", account: "operator", permissions: [.admin], expiresIn: 600)
                let browser = try site.signedIn(.key(admin.id, secret: 1))
                #expect(try await browser.get(Self.base).status == 200)
                switch way {
                case 0: _ = try await site.ledger.commands.revokeKey(admin.id, by: .commandLine)
                case 1: _ = try await site.ledger.commands.disableKey(admin.id, by: .commandLine)
                case 2: _ = try await site.ledger.commands.changeKey(admin.id, KeyChange(permissions: [.verify]), by: .commandLine)
                default: site.advance(seconds: 600)
                }
                #expect(try await browser.get(Self.base + "/keys/live?ids=\(admin.id)").status == 401, "\(way)")
                #expect(try await browser.get(Self.base).status == 303)
                #expect(try await browser.post(Self.base + "/keys", [("name", "x")]).status == 303)
            }
        }
    }

    /// Over a socket, and so from an address, which a trusted proxy tells.
    @Test func theAddressesOfTheKeyHoldAtEachRequest() async throws {
        try await Site.run(over: .live) { site in
            let admin = try await site.key("admin", account: "operator", permissions: [.admin])
            let browser = try site.signedIn(.key(admin.id, secret: 1))
            let forwarded = try #require(HTTPField.Name("X-Forwarded-For"))
            func statuses(from address: String) async throws -> [Int] {
                let headers: HTTPFields = [forwarded: address]
                return [
                    try await browser.get(Self.base, headers: headers).status,
                    try await browser.get(Self.base + "/keys/live?ids=\(admin.id)", headers: headers).status,
                    try await browser.post(Self.base + "/keys/\(admin.id)/rename", [("name", "new")], headers: headers).status,
                ]
            }
            #expect(try await statuses(from: "192.0.2.7") == [200, 200, 303])
            _ = try await site.ledger.commands.changeKey(admin.id, KeyChange(ipAllowlist: ["192.0.2.8"]), by: .commandLine)
            #expect(try await statuses(from: "192.0.2.7") == [403, 401, 403])
            // Nobody is signed out by another's attempt.
            #expect(try await statuses(from: "192.0.2.8") == [200, 200, 303])
        }
    }

    @Test func failedSignInsLeaveALine() async throws {
        try await Site.run(over: .live) { site in
            let reader = try await site.key("reader", permissions: [.verify])
            let ended = try await site.key("ended", permissions: [.keysRead])
            _ = try await site.ledger.commands.revokeKey(ended.id, by: .commandLine)
            let cookie = "visitor"
            let headers: HTTPFields = [.cookie: "keyledger_door=" + cookie]
            let wrong = "lhql_live_wrong"
            for secret in [wrong, ended.secret, reader.secret] {
                _ = try await site.stranger.post(
                    Dashboard.signIn, [("key", secret)], csrf: site.dashboard.tokens.token(for: cookie), headers: headers)
            }
            _ = try await site.stranger.follow(Dashboard.firstSignIn + "?token=junk")
            let token = try HandOverTests.token(["aud": "another"])
            _ = try await site.stranger.post(Dashboard.root + "/hand-over", [("token", token)])
            let lines = site.log.lines.filter { $0.hasPrefix("warning a sign-in failed, from 127.0.0.1, ") }
            #expect(lines.count == 5, "\(site.log.lines)")
            for (line, words) in zip(lines, ["MALFORMED", "\(ended.id): REVOKED", "\(reader.id): it lacks", "a link", "untrusted"]) {
                #expect(line.contains(words), "\(line)")
            }
            for secret in [wrong, ended.secret, reader.secret, token, "junk"] {
                #expect(!site.log.lines.contains { $0.contains(secret) })
            }
            let good = try await site.key("good", permissions: [.keysRead])
            _ = try await site.stranger.post(
                Dashboard.signIn, [("key", good.secret)], csrf: site.dashboard.tokens.token(for: cookie), headers: headers)
            #expect(site.log.lines.filter { $0.contains("sign-in failed") }.count == 5)
        }
    }

    @Test func cookiesOverTLSAreThoseOfThisHostAlone() async throws {
        for (url, isSecure) in [("https://keys.example.com", true), ("http://keys.example.com", false)] {
            try await Site.run(publicURL: url) { site in
                let signInPage = try await site.stranger.get(Dashboard.signIn)
                let entry = try await site.stranger.follow(site.dashboard.makeSignInLink())
                for (page, name) in [(signInPage, "door"), (entry, "session")] {
                    let cookie = try #require(page.headers[values: .setCookie].first)
                    #expect(cookie.hasPrefix((isSecure ? "__Host-" : "") + "keyledger_\(name)="), "\(cookie)")
                    let parts = cookie.split(separator: ";").map { String($0).trimmingWhiteSpace }
                    #expect(parts.contains("Secure") == isSecure && parts.contains(isSecure ? "Path=/" : "Path=/dashboard"), "\(cookie)")
                    #expect(parts.contains("HttpOnly") && parts.contains("SameSite=Lax") && !cookie.contains("Domain"))
                    #expect((page.headers[.strictTransportSecurity] != nil) == isSecure)
                }
                let session = try #require(entry.headers[values: .setCookie].first?.split(separator: ";").first?.split(separator: "=").last)
                let browser = Browser(site: site, session: String(session))
                #expect(try await browser.get(Self.base).status == 200)
                let out = try await browser.post(Dashboard.root + "/sign-out", [])
                let names = out.headers[values: .setCookie].map { String($0.prefix { $0 != "=" }) }
                #expect(names.sorted() == ["notice", "session"].map(site.dashboard.settings.cookieName))
                for path in ["/dashboard/nowhere", "/", "/dashboard/assets/nothing"] {
                    #expect((try await site.stranger.get(path).headers[.strictTransportSecurity] != nil) == isSecure, "\(path)")
                }
            }
        }
    }

    @Test func sessionsEndByThemselves() async throws {
        try await Site.run { site in
            let idle = try site.visitor("acme")
            let busy = try site.visitor("acme")
            for _ in 0..<11 {
                site.advance(seconds: 3600)
                #expect(try await busy.get(Self.base).status == 200)
            }
            #expect(try await idle.get(Self.base).status == 303)
            site.advance(seconds: 3600)
            #expect(try await busy.get(Self.base).status == 303)
            // Being looked at by the script alone is no visit.
            let watched = try site.visitor("acme")
            for _ in 0..<7 {
                site.advance(seconds: 1000)
                _ = try await watched.get(Self.base + "/keys/live?ids=x")
            }
            site.advance(seconds: 1000)
            #expect(try await watched.get(Self.base).status == 303)
        }
    }

    @Test func signingOutEndsIt() async throws {
        try await Site.run { site in
            let browser = try site.visitor("acme")
            let page = try await browser.post(Dashboard.root + "/sign-out", [])
            #expect(page.status == 303)
            #expect(page.headers[values: .setCookie].contains { $0.contains("Max-Age=0") })
            #expect(try await browser.get(Self.base).status == 303)
        }
    }

    @Test func theLinkWorksOnceAndNotForLong() async throws {
        try await Site.run { site in
            let link = site.dashboard.makeSignInLink()
            // Looking at it is no use of it, with whatever program.
            for _ in 0..<3 {
                #expect(try await site.stranger.head(link).status == 200)
                let page = try await site.stranger.get(link)
                #expect(page.status == 200 && page.headers[values: .setCookie].allSatisfy { !$0.contains("session") })
            }
            #expect(try await site.stranger.post(Dashboard.firstSignIn, [("token", String(link.split(separator: "=")[1]))]).status == 403)
            let first = try await site.stranger.follow(link)
            #expect(first.status == 303 && first.location == Self.base)
            let cookie = try #require(first.headers[values: .setCookie].first)
            for word in ["HttpOnly", "SameSite=Lax", "Path=/dashboard"] { #expect(cookie.contains(word)) }
            #expect(try await site.stranger.follow(link).status == 403)
            let late = site.dashboard.makeSignInLink()
            site.advance(seconds: SignInLink.lifetime.wholeSeconds)
            #expect(try await site.stranger.follow(late).status == 403)
            let replaced = site.dashboard.makeSignInLink()
            _ = site.dashboard.makeSignInLink()
            #expect(try await site.stranger.follow(replaced).status == 403)
        }
    }

    @Test func aTokenOfTheHostSignsInItsUserOnce() async throws {
        try await Site.run { site in
            let mine = try await site.key("mine", account: "acme")
            let other = try await site.key("not theirs", account: "bolt")
            let token = try HandOverTests.token()
            let entry = try await site.stranger.post(Dashboard.root + "/hand-over", [("token", token)])
            #expect(entry.status == 303 && entry.location == Self.base)
            let session = try #require(entry.headers[values: .setCookie].first?.split(separator: ";").first?.split(separator: "=").last)
            let browser = Browser(site: site, session: String(session))
            let list = try await browser.get(Self.base)
            #expect(list.text.contains("mine") && list.text.contains("anna@example.com") && !list.text.contains("not theirs"))
            #expect(try await site.stranger.post(Dashboard.root + "/hand-over", [("token", token)]).status == 401)
            // What they do stands in the log as theirs.
            _ = try await browser.post(Self.base + "/keys/\(mine.id)/revoke", [("reason", "leaked")])
            var who: [String?] = []
            try site.ledger.events.events(from: 2, limit: 10) { who.append($1.actor.kind == .account ? $2?.actorLabel : nil) }
            #expect(who == ["anna@example.com"])
            #expect(try await browser.get(Self.base + "/keys/\(other.id)").status == 404)
        }
    }

    /// Failures beyond a bound are told to wait. A good key, link or token gets in at once all the same: from the same address too,
    /// which behind a proxy may be everybody's.
    @Test func failuresAreToldToWaitAndNobodyIsLockedOut() async throws {
        try await Site.run { site in
            let admin = try await site.key("admin", account: "operator", permissions: [.admin])
            let cookie = "visitor"
            let token = site.dashboard.tokens.token(for: cookie)
            func enter(_ secret: String) async throws -> Browser.Page {
                try await site.stranger.post(
                    Dashboard.signIn, [("key", secret)], csrf: token, headers: [.cookie: "keyledger_door=" + cookie])
            }
            var statuses: [Int] = []
            for _ in 0..<15 {
                let page = try await enter("lhql_live_wrong")
                statuses.append(page.status)
                #expect(page.status != 429 || page.headers[.retryAfter] != nil)
            }
            #expect(statuses == [Int](repeating: 401, count: 10) + [Int](repeating: 429, count: 5))
            for _ in 0..<400 {
                _ = try await site.stranger.post(Dashboard.root + "/hand-over", [("token", "junk")])
                _ = try await site.stranger.follow(Dashboard.firstSignIn + "?token=junk")
            }
            #expect(try await site.stranger.post(Dashboard.root + "/hand-over", [("token", "junk")]).status == 429)
            #expect(try await enter(admin.secret).status == 303)
            #expect(try await site.stranger.post(Dashboard.root + "/hand-over", [("token", HandOverTests.token())]).status == 303)
            #expect(try await site.stranger.follow(site.dashboard.makeSignInLink()).status == 303)
        }
    }

    /// Behind a trusted proxy each client has its own bound, and a key with an address list is held against the client's address.
    @Test func whoFailsIsKnownByTheirOwnAddressBehindAProxy() async throws {
        try await Site.run(over: .live) { site in
            let forwarded = try #require(HTTPField.Name("X-Forwarded-For"))
            let made = try await site.ledger.commands.createKey(
                CreateKey(name: "here", account: .operator, permissions: [.admin], ipAllowlist: ["192.0.2.7"]), by: .commandLine)
            let secret = try #require(made.secret).reveal()
            let cookie = "visitor"
            let token = site.dashboard.tokens.token(for: cookie)
            func enter(_ secret: String, from address: String) async throws -> Int {
                try await site.stranger.post(
                    Dashboard.signIn, [("key", secret)], csrf: token,
                    headers: [.cookie: "keyledger_door=" + cookie, forwarded: address]
                ).status
            }
            for _ in 0..<12 { _ = try await enter("junk", from: "198.51.100.1") }
            #expect(try await enter("junk", from: "198.51.100.1") == 429)
            #expect(try await enter("junk", from: "192.0.2.7") == 401)
            #expect(try await enter(secret, from: "198.51.100.1") == 429)
            #expect(try await enter(secret, from: "192.0.2.7") == 303)
        }
    }

    @Test func whatIsNoCookieOfOursIsNotGivenBack() async throws {
        try await Site.run { site in
            for text in ["", "x", "a,b", "\"quoted\"", String(repeating: "A", count: 43) + "=", String(repeating: "9", count: 400)] {
                let page = try await site.stranger.get(Dashboard.signIn, headers: [.cookie: "keyledger_door=" + text])
                let cookie = try #require(page.headers[values: .setCookie].first)
                let length = cookie.split(separator: ";").first?.utf8.count
                #expect(page.status == 200 && length == "keyledger_door=".utf8.count + 43, "\(text)")
            }
            let ours = site.dashboard.tokens.make()
            let page = try await site.stranger.get(Dashboard.signIn, headers: [.cookie: "keyledger_door=" + ours])
            #expect(page.headers[values: .setCookie].first?.contains(ours) == true)
        }
    }

    @Test func aKeyOpensTheDoorOnlyFromOurForm() async throws {
        try await Site.run { site in
            let admin = try await site.key("admin", account: "operator", permissions: [.admin])
            let plain = try await site.key("plain")
            let cookie = "visitor"
            let token = site.dashboard.tokens.token(for: cookie)
            func enter(
                _ secret: String, _ token: String, _ more: HTTPFields = [:], next: String = "https://evil.example/"
            ) async throws -> Browser.Page {
                var headers = more
                headers[.cookie] = "keyledger_door=" + cookie
                return try await site.stranger.post(Dashboard.signIn, [("key", secret), ("next", next)], csrf: token, headers: headers)
            }
            #expect(try await enter(admin.secret, "").status == 403)
            #expect(try await enter(admin.secret, site.dashboard.tokens.token(for: "another")).status == 403)
            #expect(try await enter(admin.secret, token, [.origin: "https://evil.example"]).status == 403)
            #expect(try await enter(plain.secret, token).status == 403)
            let page = try await enter(" \(admin.secret)\r\n", token)
            #expect(page.status == 303 && page.location == Self.base)
            #expect(!page.text.contains(admin.secret))
            // A file is no place to arrive at, nor is what begins or ends a session.
            let places = [
                (Self.base + "/activity.csv?by=anna", Self.base + "/activity?by=anna"),
                (Self.base + "/keys.csv?q=a", Self.base + "/export?q=a"),
                (Dashboard.signOut, Self.base), (Dashboard.signIn + "?next=x", Self.base),
                (Self.base + "/keys/new", Self.base + "/keys/new"),
            ]
            for (next, location) in places {
                #expect(try await enter("Bearer \(admin.secret)", token, next: next).location == location, "\(next)")
            }
        }
    }
}

import HTTPTypes
import Hummingbird
import KeyEvents
import Ledger
import LedgerQueries
import NIOCore
import Testing

@testable import Dashboard

/// A form that is sent when its session has ended is not carried out, and not lost.
@Suite struct KeptFormTests {
    private static let base = Dashboard.base
    private static let kept = "Your session had ended"

    /// The `Cookie` field with what a page set, beside a session.
    private static func cookies(_ page: Browser.Page, and session: String?) -> HTTPFields {
        let form = page.headers[values: .setCookie].filter { $0.hasPrefix("keyledger_form=") }.map { String($0.prefix { $0 != ";" }) }
        return [.cookie: (form + (session.map { ["keyledger_session=" + $0] } ?? [])).joined(separator: "; ")]
    }

    private static func forms(_ id: KeyID) -> [(path: String, page: String, fields: [(String, String)], shown: String)] {
        [
            ("/keys", "/keys/new", [("name", "Kept name"), ("commandId", "0123456789abcdef")], "value=\"Kept name\""),
            ("/keys/\(id)/rename", "/keys/\(id)", [("name", "Kept name")], "value=\"Kept name\""),
            ("/keys/\(id)/disable", "/keys/\(id)", [("reason", "Kept reason")], "value=\"Kept reason\""),
            ("/keys/\(id)/revoke", "/keys/\(id)/revoke", [("reason", "Kept reason")], "value=\"Kept reason\""),
            (
                "/keys/\(id)/rotate", "/keys/\(id)/rotate",
                [("reason", "Kept reason"), ("older", "week"), ("commandId", "0123456789abcdef")],
                "value=\"week\" checked"
            ),
        ]
    }

    @Test func itIsShownAgainToWhoeverSignsInForTheAccount() async throws {
        try await Site.run { site in
            let id = try await site.key("Mews").id
            let before = try site.ledger.log.lastPosition()
            for form in Self.forms(id) {
                let anna = try site.visitor("acme")
                site.advance(seconds: 3 * 3600)
                let sent = try await anna.post(Self.base + form.path, form.fields)
                #expect(sent.status == 303 && sent.location == Dashboard.signIn + "?next=" + Form.encode(Self.base + form.page))
                let again = try site.visitor("acme")
                let stranger = try site.visitor("bolt")
                let browser = Browser(site: site, session: nil)
                // Another account sees nothing of it, nor does a browser without the cookie.
                let theirs = try await browser.get(Self.base + "/keys/new", headers: Self.cookies(sent, and: stranger.session))
                #expect(theirs.status == 200 && !theirs.text.contains("Kept"))
                #expect(try await !again.get(Self.base + form.page).text.contains(Self.kept))
                // The list, where a user from the host product lands, leads to the form.
                let list = try await browser.get(Self.base, headers: Self.cookies(sent, and: again.session))
                #expect(list.status == 303 && list.location == Self.base + form.page)
                let page = try await browser.get(Self.base + form.page, headers: Self.cookies(sent, and: again.session))
                #expect(page.status == 200 && page.text.contains(Self.kept) && page.text.contains(form.shown), "\(form.path)")
                #expect(!page.text.contains("value=\"0123456789abcdef\""))
                // Once.
                let later = try await browser.get(Self.base + form.page, headers: Self.cookies(sent, and: again.session))
                #expect(!later.text.contains(Self.kept))
            }
            #expect(try site.ledger.log.lastPosition() == before)
        }
    }

    /// A user signs in anew in another tab, and then sends the form of the first.
    @Test func aFormOfAnEndedSessionIsShownAgainInTheNext() async throws {
        try await Site.run { site in
            let anna = try site.visitor("acme")
            let old = anna.csrf
            site.advance(seconds: 3 * 3600)
            let again = try site.visitor("acme")
            let sent = try await again.post(Self.base + "/keys", [("name", "Kept name"), ("commandId", "0123456789abcdef")], csrf: old)
            #expect(sent.status == 303 && sent.location == Self.base + "/keys/new")
            let page = try await Browser(site: site, session: nil).get(
                Self.base + "/keys/new", headers: Self.cookies(sent, and: again.session))
            #expect(page.text.contains("value=\"Kept name\"") && page.text.contains(Self.kept))
            #expect(try site.ledger.keys.listKeys(for: .commandLine, limit: 10).isEmpty)
            // A session of another account does not get so far.
            let other = try site.visitor("bolt")
            #expect(try await other.post(Self.base + "/keys", [("name", "Kept name")], csrf: old).status == 403)
        }
    }

    @Test func nobodyElseCanHaveOneKept() async throws {
        try await Site.run { site in
            let anna = try site.visitor("acme")
            site.advance(seconds: 3 * 3600)
            let fields = [("name", "Planted")]
            func isKept(_ fields: [(String, String)], csrf: String? = nil, _ headers: HTTPFields = [:], path: String = "/keys") async throws
                -> Bool
            {
                let sent = try await anna.post(Self.base + path, fields, csrf: csrf, headers: headers)
                #expect(sent.status == 303)
                return sent.headers[values: .setCookie].contains { $0.hasPrefix("keyledger_form=") }
            }
            #expect(try await !isKept(fields, csrf: ""))
            #expect(try await !isKept(fields, csrf: site.dashboard.tokens.token(for: "another")))
            #expect(try await !isKept(fields, [.origin: "https://evil.example"]))
            #expect(try await !isKept(fields, [.secFetchSite: "cross-site"]))
            // Nothing huge, nothing that no page shows again.
            #expect(try await !isKept([("name", String(repeating: "x", count: 20_000))]))
            #expect(try await !isKept(fields, path: "/keys/nonsense/rename"))
            #expect(try await isKept(fields))
        }
    }

    /// Every form of a page is shown again, whichever it is.
    @Test func everyFormHasAPage() async throws {
        try await Site.run { site in
            let router = Router(context: BasicContext.self)
            site.dashboard.addRoutes(to: router)
            let posts = router.routes.filter { $0.method == .post }.map { "\($0.path)" }
            #expect(posts.count > 10)
            for path in posts where path.hasPrefix(Self.base) {
                let sent = path.replacing("{id}", with: "key_" + String(repeating: "0", count: 32))
                #expect(KeptForm.page(of: sent) != nil, "\(path)")
            }
        }
    }

    private struct BasicContext: RequestContext, RemoteAddressRequestContext {
        var coreContext: CoreRequestContextStorage
        var remoteAddress: SocketAddress? { nil }
        init(source: Source) { coreContext = .init(source: source) }
    }

    /// What changes nothing is answered as soon as the user is back.
    @Test func aQuestionIsAnsweredAfterSigningIn() async throws {
        try await Site.run { site in
            let id = try await site.key("Mews").id
            let questions: [(path: String, page: String, fields: [(String, String)], words: String)] = [
                ("/keys/\(id)/test", "/keys/\(id)/test", [("scopes", "listings:read"), ("environment", "live")], "INSUFFICIENT_SCOPE"),
                (
                    "/troubleshooting", "/troubleshooting", [("requestHeader", "HTTP/1.1 415\n\n{\"code\": \"UNSUPPORTED_MEDIA_TYPE\"}")],
                    "Content-Type: application/json"
                ),
                ("/activity", "/activity", [("what", "revoked")], "Nothing was done yet that matches."),
            ]
            for question in questions {
                let anna = try site.visitor("acme")
                site.advance(seconds: 3 * 3600)
                let sent = try await anna.post(Self.base + question.path, question.fields)
                #expect(sent.location == Dashboard.signIn + "?next=" + Form.encode(Self.base + question.page))
                let again = try site.visitor("acme")
                let page = try await Browser(site: site, session: nil).get(
                    Self.base + question.page, headers: Self.cookies(sent, and: again.session))
                #expect(page.text.contains("This is the answer to what you had asked."), "\(question.path)")
                #expect(page.text.contains(question.words), "\(question.path)")
            }
            let anna = try site.visitor("acme")
            site.advance(seconds: 3 * 3600)
            let sent = try await anna.post(Self.base + "/search", [("q", "mews"), ("status", "all")])
            let again = try site.visitor("acme")
            let found = try await Browser(site: site, session: nil).get(Self.base, headers: Self.cookies(sent, and: again.session))
            #expect(found.status == 303 && found.location == Self.base + "?q=mews&status=all")
        }
    }

    /// Nothing that may hold a key is kept: the page is where it was, and says that it has to be pasted again.
    @Test func whatMayHoldAKeyIsNotKept() async throws {
        try await Site.run { site in
            let key = try await site.key("Mews")
            let random = String(key.secret.dropFirst("lhql_live_".count).prefix(SecretFormat.randomCharacters))
            let forms: [(path: String, fields: [(String, String)])] = [
                ("/search", [("q", key.secret), ("status", "all")]), ("/search", [("q", random), ("status", "all")]),
                ("/troubleshooting", [("requestHeader", "X-API-Key: \(key.secret)")]),
                // In pieces, which no rule finds.
                ("/troubleshooting", [("requestHeader", "Authorization: Bearer \(key.secret.prefix(25))\n \(key.secret.dropFirst(25))")]),
                ("/troubleshooting", [("requestHeader", String(repeating: "x", count: 100_000))]),
                ("/keys", [("name", key.secret), ("moreScopes", "kept:scope")]), ("/keys/\(key.id)/rename", [("name", random)]),
            ]
            for form in forms {
                let anna = try site.visitor("acme")
                site.advance(seconds: 3 * 3600)
                let sent = try await anna.post(Self.base + form.path, form.fields)
                #expect(sent.location?.hasPrefix(Dashboard.signIn + "?next=") == true, "\(form.path)")
                #expect(sent.headers[values: .setCookie].contains { $0.hasPrefix("keyledger_notice=formWaitsInPart") }, "\(form.path)")
                let again = try site.visitor("acme")
                let path = try #require(KeptForm.page(of: Self.base + form.path))
                let browser = Browser(site: site, session: nil)
                var page = try await browser.get(path, headers: Self.cookies(sent, and: again.session))
                if page.status == 303 {
                    #expect(page.location == Self.base + "?status=all")
                    page = try await again.get(Self.base + "?status=all")
                }
                #expect(page.status == 200 && page.text.contains("so it was not kept: paste it again"), "\(form.path)")
                #expect(!page.text.contains(random.prefix(12)) && !page.text.contains(key.secret.dropFirst(25).prefix(12)), "\(form.path)")
                if form.path == "/keys" { #expect(page.text.contains("kept:scope")) }
            }
        }
    }

    @Test func itIsKeptForAWhile() async throws {
        try await Site.run { site in
            let anna = try site.visitor("acme")
            site.advance(seconds: 3 * 3600)
            let sent = try await anna.post(Self.base + "/keys", [("name", "Kept name")])
            site.advance(seconds: KeptForm.lifetime.wholeSeconds)
            let again = try site.visitor("acme")
            let page = try await Browser(site: site, session: nil).get(
                Self.base + "/keys/new", headers: Self.cookies(sent, and: again.session))
            #expect(page.status == 200 && !page.text.contains("Kept name"))
        }
    }

    @Test func theStoreHasABound() throws {
        let store = KeptForms()
        let account = try #require(AccountID("acme"))
        let large = Form("name=" + String(repeating: "x", count: 10_000))
        var count = 0
        for number in 0..<2000 {
            let form = try #require(KeptForm(large, sentTo: Self.base + "/keys", account: account, at: Site.start))
            if store.keep(form, "\(number)", at: Site.start) { count += 1 }
        }
        #expect(count < 1000 && count > 100)
        let later = Site.start + KeptForm.lifetime
        let form = try #require(KeptForm(large, sentTo: Self.base + "/keys", account: account, at: later))
        #expect(store.keep(form, "late", at: later) && store.form("late", of: account, at: later) != nil)
    }
}

import Foundation
import HTTPTypes
import Hummingbird
import KeyEvents
import Ledger
import Logging
import NIOCore
import TestSupport
import Testing

@testable import Dashboard

/// Every address, parameter, form field and cookie of the page, at the ends of numbers and times and beyond. Whoever would end the
/// process ends this one.
@Suite struct BoundariesTests {
    private static let values: [String] =
        [
            "0", "-0", "1", "-1", "+1", "1.5", "1e400", "-2147483649", "2147483648", "4294967296", "9007199254740993",
            "-9223372036854775809", "-9223372036854775808", "-9223372036854775807", "9223372036854775806", "9223372036854775807",
            "9223372036854775808", "18446744073709551615", "18446744073709551616", String(repeating: "9", count: 400),
            "0001-01-01", "9999-12-31", "10000-01-01", "0000-00-00", "2024-02-30", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z",
            "", " ", "\u{0}", "\r\n", "%", "{{{name}}}", "/dashboard//evil", "//evil.example", "\u{1F600}", "e\u{301}",
            "key_" + String(repeating: "f", count: 32), String(repeating: "a", count: 4000), String(repeating: ",", count: 300),
        ]

    /// That the pages' forms send, by their templates, and that addresses carry.
    private static let names: [String] = {
        let pages = Repository.file("Sources/Dashboard/Pages").path
        var names: Set<String> = ["page", "sort", "order", "show", "q", "before", "done", "ids", "token", "next", "ended", "signedOut"]
        for file in (try? FileManager.default.contentsOfDirectory(atPath: pages)) ?? [] {
            let text = (try? String(contentsOfFile: pages + "/" + file, encoding: .utf8)) ?? ""
            for match in text.matches(of: /name="([a-zA-Z]+)"/) { names.insert(String(match.1)) }
        }
        return names.subtracting(["csrf", "viewport", "robots"]).sorted()
    }()

    /// The dashboard's routes, as the router lists them.
    private static func routes(_ dashboard: Dashboard) -> [(method: HTTPRequest.Method, path: String)] {
        let router = Router(context: BasicRouterRequestContext.self)
        dashboard.addRoutes(to: router)
        return router.routes.map { ($0.method, "\($0.path)") }
    }

    private struct BasicRouterRequestContext: RequestContext, RemoteAddressRequestContext {
        var coreContext: CoreRequestContextStorage
        var remoteAddress: SocketAddress? { nil }
        init(source: Source) { coreContext = .init(source: source) }
    }

    private static func check(_ page: Browser.Page, _ what: @autoclosure () -> String) {
        #expect(page.status < 500 || page.status == 503, "\(what()): \(page.status)")
    }

    private static func query(_ names: [String], _ value: String) -> String {
        "?" + names.map { $0 + "=" + Form.encode(value) }.joined(separator: "&")
    }

    @Test func theNamesAreThoseOfTheForms() {
        #expect(Set(["accountId", "commandId", "expiresOn", "reason", "requestHeader", "older"]).isSubset(of: Self.names))
    }

    @Test func everyAddressLives() async throws {
        try await Site.run { site in
            let id = try await site.key("a").id
            let browser = try site.visitor("acme")
            let operatorBrowser = try site.signedIn(.link)
            for (method, path) in Self.routes(site.dashboard) where method == .get {
                for value in Self.values {
                    let places = path.contains("{") || path.hasSuffix("**") ? [id.description, Form.encode(value)] : [""]
                    for place in places {
                        let asked = path.replacing("{id}", with: place).replacing("{file}", with: place).replacing("**", with: place)
                        for reader in [browser, operatorBrowser, site.stranger] {
                            Self.check(try await reader.get(asked + Self.query(Self.names, value)), "\(asked) \(value)")
                        }
                    }
                }
            }
            // One by one, where more than one is read.
            for path in [Dashboard.base, Dashboard.base + "/keys/\(id)", Dashboard.signIn] {
                for name in Self.names {
                    for value in Self.values {
                        Self.check(try await browser.get(path + Self.query([name], value)), "\(path) \(name) \(value)")
                    }
                }
            }
            #expect(try await browser.get(Dashboard.base).status == 200)
        }
    }

    @Test func everyFormLives() async throws {
        try await Site.run { site in
            let browser = try site.visitor("acme")
            let formToken = site.dashboard.tokens.make()
            let good: [(String, String)] = [
                ("name", "n"), ("commandId", "0123456789abcdef"), ("confirmedName", "n"), ("expiry", "never"), ("environment", "live"),
                ("older", "day"), ("reason", "r"), ("requestHeader", "Authorization: Bearer x"),
            ]
            for (method, path) in Self.routes(site.dashboard) where method == .post {
                guard !path.hasSuffix("sign-out") else { continue }
                for name in Self.names {
                    for value in Self.values {
                        let id = path.contains("{id}") ? try await site.key("a").id.description : ""
                        var fields = good.filter { $0.0 != name } + [(name, value)]
                        // A day may come from this field alone.
                        if name == "expiresOn" { fields = fields.filter { $0.0 != "expiry" } + [("expiry", "custom")] }
                        let asked = path.replacing("{id}", with: id)
                        Self.check(try await browser.post(asked, fields), "\(asked) \(name) \(value)")
                    }
                }
                for value in Self.values {
                    Self.check(try await browser.post(path.replacing("{id}", with: Form.encode(value)), good), "\(path) \(value)")
                    let all = Self.names.map { ($0, value) }
                    let stranger = try await site.stranger.post(
                        path, all, csrf: site.dashboard.tokens.token(for: formToken), headers: [.cookie: "keyledger_door=" + formToken])
                    Self.check(stranger, "\(path) \(value)")
                }
            }
            #expect(try await browser.get(Dashboard.base).status == 200)
        }
    }

    @Test func everyCookieLives() async throws {
        try await Site.run { site in
            for value in Self.values + [site.dashboard.tokens.make(), "=", ";", "\u{1}", "a=b=c"] {
                for name in ["keyledger_session", "keyledger_door"] {
                    for path in [Dashboard.base, Dashboard.signIn, Dashboard.base + "/keys/live?ids=x", Dashboard.apiDocs] {
                        let page = try await site.stranger.get(path, headers: [.cookie: "\(name)=\(value)"])
                        Self.check(page, "\(path) \(name) \(value)")
                    }
                    let page = try await site.stranger.post(
                        Dashboard.signIn, [("key", "x")], csrf: value, headers: [.cookie: "\(name)=\(value)"])
                    Self.check(page, "\(name) \(value)")
                }
            }
        }
    }

    /// What was seen: one address by anybody who is signed in, or who signs in by a link that leads to it, ended the process.
    @Test(arguments: ["-9223372036854775808", "9223372036854775807", "0", "-1", "99999999999999999999"])
    func everyPageOfTheTableLives(_ page: String) async throws {
        try await Site.run { site in
            _ = try await site.key("a")
            let browser = try site.visitor("acme")
            #expect(try await browser.get(Dashboard.base + "?page=" + page).status == 200)
        }
    }
}

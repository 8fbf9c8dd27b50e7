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

    /// The names that addresses carry.
    private static let namesOfAddresses: Set<String> = [
        "page", "sort", "order", "status", "q", "before", "ids", "since", "token", "next",
    ]

    /// The names that the pages' forms send, by their templates, and those that addresses carry.
    private static let names: [String] = {
        let pages = Repository.file("Sources/Dashboard/Pages").path
        var names = namesOfAddresses
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
            try await withThrowingTaskGroup { group in
                for (method, path) in Self.routes(site.dashboard) where method == .get {
                    group.addTask {
                        for value in Self.values {
                            let places = path.contains("{") || path.hasSuffix("**") ? [id.description, Form.encode(value)] : [""]
                            for place in places {
                                let asked = path.replacing("{id}", with: place).replacing("{file}", with: place).replacing(
                                    "**", with: place)
                                for reader in [browser, operatorBrowser, site.stranger] {
                                    Self.check(try await reader.get(asked + Self.query(Self.names, value)), "\(asked) \(value)")
                                }
                            }
                        }
                    }
                }
                // One by one, where more than one is read: names that addresses carry with every value, others with a few.
                for path in [Dashboard.base, Dashboard.base + "/keys/\(id)", Dashboard.signIn] {
                    group.addTask {
                        for (number, name) in Self.names.enumerated() {
                            let isRead = Self.namesOfAddresses.contains(name)
                            for (index, value) in Self.values.enumerated() where isRead || index % 4 == number % 4 {
                                Self.check(try await browser.get(path + Self.query([name], value)), "\(path) \(name) \(value)")
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await browser.get(Dashboard.base).status == 200)
        }
    }

    /// The keys that forms are sent about: one as long as it is in force and has few secrets, so that no form meets a key that another
    /// one has ended, and an account has few keys.
    private actor LiveKeys {
        private let site: Site
        private let account: String
        private var id: KeyID?

        init(_ site: Site, _ account: String) {
            self.site = site
            self.account = account
        }

        func key() async throws -> KeyID {
            if let id, let state = try site.ledger.key(id), state.status(at: site.now) == .active, state.secrets.count < 8 { return id }
            let made = try await site.key("a", account: account).id
            id = made
            return made
        }
    }

    /// The names of the fields that the pages' forms send, by the path that each form is sent to.
    private static func namesOfForms(_ browser: Browser, _ site: Site, _ id: KeyID) async throws -> [String: Set<String>] {
        var names: [String: Set<String>] = [:]
        for (method, path) in routes(site.dashboard) where method == .get && !path.hasSuffix("**") && !path.contains("{file}") {
            let text = try await browser.get(path.replacing("{id}", with: id.description)).text
            for form in text.matches(of: /<form[^>]*?(?:action="([^"?]*)[^>]*)?>([\s\S]*?)<\/form>/) {
                let action = form.1.map { String($0).replacing(id.description, with: "{id}") } ?? path
                names[action, default: []].formUnion(form.2.matches(of: /name="([a-zA-Z]+)"/).map { String($0.1) })
            }
        }
        return names
    }

    /// Fields of a form's own get every value; those of other forms get a few, others for each field, since nothing should read them.
    @Test func everyFormLives() async throws {
        try await Site.run { site in
            let names = try await Self.namesOfForms(
                site.visitor("acme"), site, site.key("a", account: "acme").id)
            #expect(names[Dashboard.base + "/keys"]?.isSuperset(of: ["name", "expiry", "commandId"]) == true)
            #expect(names[Dashboard.base + "/keys/{id}/rotate"]?.contains("older") == true)
            try await withThrowingTaskGroup { group in
                for (number, (method, path)) in Self.routes(site.dashboard).enumerated() where method == .post {
                    guard !path.hasSuffix("sign-out") else { continue }
                    group.addTask { try await Self.send(to: path, own: names[path] ?? [], site, account: "acme-\(number)") }
                }
                try await group.waitForAll()
            }
        }
    }

    private static func send(to path: String, own: Set<String>, _ site: Site, account: String) async throws {
        let browser = try site.visitor(account)
        let keys = LiveKeys(site, account)
        // Each is a form of its own, and none is taken for another one that is sent again.
        func good() -> [(String, String)] {
            [
                ("name", "n"), ("commandId", site.dashboard.tokens.make()), ("confirmedName", "n"), ("expiry", "never"),
                ("environment", "live"), ("older", "day"), ("reason", "r"), ("requestHeader", "Authorization: Bearer x"),
            ]
        }
        for (number, name) in names.enumerated() {
            for (index, value) in values.enumerated() where own.contains(name) || index % 8 == number % 8 {
                let id = path.contains("{id}") ? try await keys.key().description : ""
                var fields = good().filter { $0.0 != name } + [(name, value)]
                // A day may come from this field alone.
                if name == "expiresOn" { fields = fields.filter { $0.0 != "expiry" } + [("expiry", "custom")] }
                let asked = path.replacing("{id}", with: id)
                check(try await browser.post(asked, fields), "\(asked) \(name) \(value)")
            }
        }
        let formToken = site.dashboard.tokens.make()
        for value in values {
            check(try await browser.post(path.replacing("{id}", with: Form.encode(value)), good()), "\(path) \(value)")
            let stranger = try await site.stranger.post(
                path, names.map { ($0, value) }, csrf: site.dashboard.tokens.token(for: formToken),
                headers: [.cookie: "keyledger_door=" + formToken])
            check(stranger, "\(path) \(value)")
        }
        #expect(try await browser.get(Dashboard.base).status == 200)
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

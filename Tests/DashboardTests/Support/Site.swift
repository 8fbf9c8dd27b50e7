import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import KeyEvents
import KeyledgerHTTP
import Ledger
import LedgerAPI
import Logging
import NIOCore
import Synchronization
import TestSupport
import Testing

@testable import Dashboard

/// The page over a ledger of its own, without a socket, with a clock that moves only when told.
struct Site: Sendable {
    /// The time at which everything begins: 2027-01-15T08:00:00Z.
    static let start = Timestamp(seconds: 1_800_000_000)
    static let handOverSecret = "a secret that the host product and the ledger share"

    let ledger: Ledger
    let dashboard: Dashboard
    let client: any TestClientProtocol
    let log: LogCapture
    private let time: Time

    private final class Time: Sendable {
        let wall = Mutex(Site.start.microseconds)
        let offset = Mutex<Int64>(5_000_000)
    }

    /// `over`: straight to the router, or through a socket, and then the caller is one on this host.
    /// `publicURL`: where people reach it. `configure` changes the operator's configuration.
    static func run(
        over setup: TestingSetup = .router, publicURL: String? = nil, configure: @Sendable (inout DashboardSettings) -> Void = { _ in },
        _ body: @escaping @Sendable (Site) async throws -> Void
    ) async throws {
        try await LedgerSlots.withSlot { try await runInSlot(over: setup, publicURL, configure, body) }
    }

    private static func runInSlot(
        over setup: TestingSetup, _ publicURL: String?, _ configure: @Sendable (inout DashboardSettings) -> Void,
        _ body: @escaping @Sendable (Site) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "keyledger-page-" + UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        let time = Time()
        let clock = LedgerClock(
            now: { Timestamp(microseconds: time.wall.withLock { $0 }) },
            monotonic: { MonotonicInstant(microseconds: time.offset.withLock { $0 }) })
        var options = Ledger.Options(clock: clock)
        // However slow the machine is.
        options.questions.maxWait = .seconds(600)
        options.questions.maxStay = .seconds(900)
        let ledger = try Ledger.create(at: DataFolder(path: folder.path), prefix: "lhql", options: options)
        defer { ledger.close() }
        var settings = DashboardSettings(
            publicURL: publicURL,
            handOver: HandOverSettings(algorithm: .hs256, key: Data(handOverSecret.utf8), audience: "keyledger"))
        configure(&settings)
        let dashboard = try await Dashboard(ledger: ledger, settings: settings)
        let router = buildRouter(ledger: ledger, pages: Dashboard.root)
        dashboard.addRoutes(to: router)
        let log = LogCapture()
        try await buildApplication(router, logger: log.quietLogger).test(setup) { client in
            try await body(Site(ledger: ledger, dashboard: dashboard, client: client, log: log, time: time))
        }
    }

    var now: Timestamp { ledger.time.now }

    func advance(seconds: Int64) {
        time.wall.withLock { $0 += seconds * 1_000_000 }
        time.offset.withLock { $0 += seconds * 1_000_000 }
    }

    func key(
        _ name: String, account: String = "acme", permissions: [Permission] = [], expiresIn seconds: Int64? = nil,
        scopes: [String] = [], addresses: [String] = [], environment: String = KeyEnvironment.default
    ) async throws -> (id: KeyID, secret: String) {
        let made = try await ledger.commands.createKey(
            CreateKey(
                name: name, account: AccountID(account), environment: environment, scopes: scopes, permissions: permissions,
                ipAllowlist: addresses, expiresAt: seconds.map { now.adding(seconds: $0) }),
            by: .commandLine)
        return (made.outcome.key.state.id, try #require(made.secret).reveal())
    }

    /// Someone of an account, signed in without the door.
    func visitor(_ account: String, subject: String = "anna") throws -> Browser {
        try signedIn(.handedOver(.init(account: try #require(AccountID(account)), subject: subject)))
    }

    func signedIn(_ basis: Session.Basis) throws -> Browser {
        let token = dashboard.tokens.make()
        let account: AccountID? =
            switch basis {
            case .key(let id, _): try ledger.key(id)?.accountID
            case .handedOver(let user): user.account
            case .link: .operator
            }
        #expect(dashboard.sessions.start(basis, of: try #require(account), token, at: now))
        return Browser(site: self, session: token)
    }

    var stranger: Browser { Browser(site: self, session: nil) }
}

/// What a person's browser sends.
struct Browser: Sendable {
    let site: Site
    var session: String?

    struct Page: Sendable {
        let status: Int
        let headers: HTTPFields
        let text: String

        var location: String? { headers[.location] }
    }

    var csrf: String { session.map { site.dashboard.tokens.token(for: $0) } ?? "" }

    func get(_ path: String, headers: HTTPFields = [:]) async throws -> Page { try await send(.get, path, headers, nil) }

    func head(_ path: String) async throws -> Page { try await send(.head, path, [:], nil) }

    /// Opens a link that signs in, and presses the button on its page.
    func follow(_ link: String) async throws -> Page {
        let page = try await get(link)
        let cookie = page.headers[values: .setCookie].first.flatMap { $0.split(separator: ";").first }.map(String.init) ?? ""
        let token = page.text.firstMatch(of: /name="token" value="([^"]*)"/).map { String($0.1) } ?? ""
        let csrf = page.text.firstMatch(of: /name="csrf" value="([^"]*)"/).map { String($0.1) } ?? ""
        return try await post(Dashboard.firstSignIn, [("token", token)], csrf: csrf, headers: [.cookie: cookie])
    }

    /// `csrf`: by default the right one.
    func post(_ path: String, _ fields: [(String, String)], csrf: String? = nil, headers: HTTPFields = [:]) async throws -> Page {
        let all = [("csrf", csrf ?? self.csrf)] + fields
        let body = all.map { Form.encode($0) + "=" + Form.encode($1) }.joined(separator: "&")
        var headers = headers
        headers[.contentType] = "application/x-www-form-urlencoded"
        return try await send(.post, path, headers, body)
    }

    func send(_ method: HTTPRequest.Method, _ path: String, _ headers: HTTPFields = [:], _ body: String? = nil) async throws -> Page {
        var headers = headers
        if let session { headers[.cookie] = site.dashboard.settings.cookieName("session") + "=" + session }
        let response = try await site.client.execute(uri: path, method: method, headers: headers, body: body.map { ByteBuffer(string: $0) })
        return Page(status: response.status.code, headers: response.headers, text: String(buffer: response.body))
    }
}

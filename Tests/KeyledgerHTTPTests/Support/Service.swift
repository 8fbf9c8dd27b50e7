import APITestSupport
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import KeyEvents
import Ledger
import Logging
import NIOCore
import Storage
import Synchronization
import TestSupport
import Testing

@testable import KeyledgerHTTP
@testable import LedgerAPI

/// A ledger of its own behind the router. Whatever is answered to a described operation is compared with the description, and
/// looked through for secrets.
struct Service: Sendable {
    let ledger: Ledger
    let client: any TestClientProtocol
    let log: LogCapture
    let clock: TestClock
    /// A key of the account `operator` with every permission.
    let admin: Key
    private let known: Secrets

    struct Key: Sendable {
        let id: String
        let secret: String
    }

    private final class Secrets: Sendable {
        let all = Mutex<[String]>([])
    }

    enum Listener: Sendable {
        /// The listener of the whole service.
        case main
        /// The listener that only gateways reach.
        case gateways
    }

    /// `mapSize`: of the files, which then cannot grow. `over`: straight to the router, or through a socket, and then the caller is
    /// one on this host.
    static func run(
        mapSize: Int? = nil, over setup: TestingSetup = .router, _ listener: Listener = .main,
        forwardAuth settings: ForwardAuthSettings = ForwardAuthSettings(), _ body: @escaping @Sendable (Service) async throws -> Void
    ) async throws {
        try await LedgerSlots.withSlot { try await runInSlot(mapSize, setup, listener, settings, body) }
    }

    private static func runInSlot(
        _ mapSize: Int?, _ setup: TestingSetup, _ listener: Listener, _ settings: ForwardAuthSettings,
        _ body: @escaping @Sendable (Service) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "keyledger-http-" + UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        let clock = TestClock()
        var options = Ledger.Options(clock: clock.ledgerClock)
        // However slow the machine is.
        options.questions.maxWait = .seconds(600)
        options.questions.maxStay = .seconds(900)
        if let mapSize {
            options.storage.mapSize = mapSize
            options.storage.maxMapSize = mapSize
        }
        let ledger = try Ledger.create(at: DataFolder(path: folder.path), prefix: "lhql", options: options)
        defer { ledger.close() }
        let log = LogCapture()
        let secrets = Secrets()
        let made = try await ledger.commands.createKey(CreateKey(name: "admin", permissions: [.admin]), by: .commandLine)
        let admin = Key(id: made.outcome.key.state.id.description, secret: try #require(made.secret).reveal())
        secrets.all.withLock { $0.append(admin.secret) }
        let router =
            listener == .main ? buildRouter(ledger: ledger, forwardAuth: settings) : buildAuthRouter(ledger: ledger, settings: settings)
        try await buildApplication(router, logger: log.logger).test(setup) { client in
            let service = Service(ledger: ledger, client: client, log: log, clock: clock, admin: admin, known: secrets)
            try await body(service)
        }
        for secret in secrets.all.withLock({ $0 }) {
            #expect(!log.lines.contains { $0.contains(secret) }, "a secret stands in the log")
        }
    }

    /// A key made behind the service's back.
    func key(
        _ name: String = "key", account: String = "operator", environment: String = "live", scopes: [String] = [],
        permissions: [Permission] = [], metadata: [String: String] = [:], ipAllowlist: [String] = [], expiresIn seconds: Int64? = nil
    ) async throws -> Key {
        let made = try await ledger.commands.createKey(
            CreateKey(
                name: name, account: AccountID(account), environment: environment, scopes: scopes, permissions: permissions,
                metadata: metadata, ipAllowlist: ipAllowlist, expiresAt: seconds.map { ledger.time.now.adding(seconds: $0) }),
            by: .commandLine)
        let secret = try #require(made.secret).reveal()
        known.all.withLock { $0.append(secret) }
        return Key(id: made.outcome.key.state.id.description, secret: secret)
    }

    /// Uses a key until no more uses can be recorded.
    func fillUp(_ key: Key) async throws {
        // Small ones last: where these have no room, nothing that the service records by itself has.
        for count in [30, 0] {
            let scopes = (0..<count).map { "\"\(String(repeating: "s", count: 120))\($0)\"" }.joined(separator: ",")
            var isFull = false
            for _ in 0..<1000 where !isFull {
                let answer = try await call(.post, "/v1/verify", "{\"key\":\"\(key.secret)\",\"scopes\":[\(scopes)]}")
                isFull = answer.status != 200
                #expect(!isFull || answer.status == 503 && answer.code == "STORAGE_FULL", "\(answer.text) \(log.lines.suffix(2))")
            }
            #expect(isFull, "there is always room")
        }
    }

    func revoke(_ key: Key) async throws {
        _ = try await ledger.commands.revokeKey(#require(KeyID(key.id)), by: .commandLine)
    }

    func disable(_ key: Key) async throws {
        _ = try await ledger.commands.disableKey(#require(KeyID(key.id)), by: .commandLine)
    }

    /// `key`: by default that of the administrator. `json`: sent as it stands, as `application/json`.
    @discardableResult
    func call(
        _ method: HTTPRequest.Method, _ uri: String, key: String?, _ json: String? = nil, headers: HTTPFields = [:],
        at location: SourceLocation = #_sourceLocation
    ) async throws -> Answer {
        let answer = try await client.answer(method, uri, key: key, json, headers: headers)
        check(answer, method, uri, json, location)
        return answer
    }

    @discardableResult
    func call(
        _ method: HTTPRequest.Method, _ uri: String, _ json: String? = nil, headers: HTTPFields = [:],
        at location: SourceLocation = #_sourceLocation
    ) async throws -> Answer {
        try await call(method, uri, key: admin.secret, json, headers: headers, at: location)
    }

    private func check(_ answer: Answer, _ method: HTTPRequest.Method, _ uri: String, _ json: String?, _ location: SourceLocation) {
        for finding in OpenAPI.shared.findings(answer, method, uri, sent: json) { Issue.record("\(finding)", sourceLocation: location) }
        let shown = answer.text + answer.headers.map { $0.value }.joined(separator: "\n")
        for secret in known.all.withLock({ $0 }) {
            #expect(!shown.contains(secret), "a secret stands in an answer", sourceLocation: location)
        }
        // This secret must appear in no response from here on.
        if let secret = answer["secret"]?.string { known.all.withLock { $0.append(secret) } }
    }
}

extension HTTPFields {
    func merging(_ others: HTTPFields) -> HTTPFields {
        var all = self
        all.append(contentsOf: others)
        return all
    }

    static func idempotent(_ id: String) -> HTTPFields { [.idempotencyKey: id] }
}

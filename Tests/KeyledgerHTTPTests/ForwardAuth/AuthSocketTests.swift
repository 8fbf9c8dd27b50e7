import APITestSupport
import AsyncHTTPClient
import Foundation
import Hummingbird
import KeyEvents
import Ledger
import NIOHTTP1
import TestSupport
import Testing

@testable import KeyledgerHTTP
@testable import LedgerAPI

@Suite("Forward-auth: a listener of its own", .holdsLedgers)
struct AuthSocketTests {
    private static func serve(
        _ address: BindAddress, _ body: @escaping @Sendable (_ port: Int?, _ ledger: Ledger) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "keyledger-auth-" + UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        let ledger = try Ledger.create(at: DataFolder(path: folder.path), prefix: "lhql")
        defer { ledger.close() }
        let (starts, ready) = AsyncStream.makeStream(of: Int?.self)
        let application = buildApplication(
            buildAuthRouter(ledger: ledger), direct: .gateways(ledger, ForwardAuthSettings()), address: address,
            logger: LogCapture().quietLogger
        ) { port in ready.yield(port) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await application.run() }
            let port = try #require(await starts.first { _ in true })
            try await body(port, ledger)
            group.cancelAll()
        }
    }

    private static func ask(_ url: String, _ ledger: Ledger) async throws {
        let made = try await ledger.commands.createKey(
            CreateKey(name: "k", account: AccountID("acme"), scopes: ["a"], ipAllowlist: ["192.0.2.7"]), by: .commandLine)
        let secret = try #require(made.secret).reveal()
        func status(_ method: HTTPMethod, _ path: String, from address: String = "192.0.2.7") async throws -> UInt {
            var request = HTTPClientRequest(url: url + path)
            request.method = method
            request.headers = ["Authorization": "Bearer " + secret, "X-Forwarded-For": address]
            let response = try await HTTPClient.shared.execute(request, timeout: .seconds(240))
            if path.hasPrefix("/v1/auth") {
                #expect(response.headers["X-Account-Id"] == [response.status == .ok ? "acme" : "-"])
            }
            _ = try await response.body.collect(upTo: 1 << 20)
            return response.status.code
        }
        for method in [HTTPMethod.GET, .HEAD, .POST, .DELETE, .PROPFIND, .PURGE] {
            #expect(try await status(method, "/v1/auth?scope=a") == 200)
            #expect(try await status(method, "/v1/auth?scope=b") == 403)
        }
        // A peer that can connect to the socket is trusted to state the customer's address.
        #expect(try await status(.GET, "/v1/auth?scope=a", from: "192.0.2.8") == 403)
        #expect(try await status(.GET, "/healthz") == 200)
        #expect(try await status(.GET, "/v1/keys") == 404)
    }

    @Test("on a port")
    func port() async throws {
        try await Self.serve(.hostname("127.0.0.1", port: 0)) { port, ledger in
            try await Self.ask("http://127.0.0.1:\(#require(port))", ledger)
        }
    }

    @Test("on a Unix socket, whose file may be left over")
    func unixSocket() async throws {
        let path = "/tmp/keyledger-\(UInt32.random(in: 0 ... .max)).sock"
        defer { try? FileManager.default.removeItem(atPath: path) }
        for _ in 0..<2 {
            try await Self.serve(.unixDomainSocket(path: path)) { port, ledger in
                #expect(port == nil)
                let name = try #require(path.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
                try await Self.ask("http+unix://\(name)", ledger)
            }
        }
    }
}

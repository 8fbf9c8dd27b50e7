import APITestSupport
import Foundation
import HTTPConnections
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Testing

@testable import ListingsAPI

@Suite("Connections of the listings API")
struct ConnectionsTests {
    /// Over a socket, with one connection.
    private static func serve(_ limits: ConnectionLimits, _ body: @escaping @Sendable (any TestClientProtocol) async throws -> Void)
        async throws
    {
        let folder = FileManager.default.temporaryDirectory.appending(path: "listings-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = try ListingStore(path: folder.appending(path: "listings.sqlite").path)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let application = buildApplication(
            buildRouter(store: store, verifier: ByAccount()), port: 0, limits: limits, logger: logger)
        try await application.test(.live) { client in try await body(client) }
    }

    /// The HTTP client of Java offers HTTP/2 in this way with each request.
    @Test("An offer of another protocol is ignored, and the connection goes on")
    func offers() async throws {
        try await Self.serve(ConnectionLimits()) { client in
            let offer: HTTPFields = [.connection: "Upgrade, HTTP2-Settings", .upgrade: "h2c", .init("HTTP2-Settings")!: "AAEAAEAAAAIAAAAA"]
            for _ in 0..<3 {
                let health = try await client.execute(uri: "/healthz", method: .get, headers: offer)
                #expect(health.status == .ok && health.headers[.connection] == nil)
                let refused = try await client.execute(
                    uri: Service.listings, method: .post, headers: offer, body: ByteBuffer(string: "{}"))
                #expect(refused.status == .unauthorized && refused.headers[.connection] == nil)
            }
        }
    }

    @Test(
        "A path that is not spelled exactly leads nowhere, whatever its method",
        arguments: [
            "//v1//listings", "/v1/listings/", "/v1/./listings", "/v1/%6Cistings", "/v1//listings", "/healthz/", "//healthz",
            "/v1/listings/x/..",
        ])
    func misspelledPaths(_ path: String) async throws {
        try await Self.serve(ConnectionLimits()) { client in
            for method in [HTTPRequest.Method.get, .post, .delete] {
                let answer = try await client.execute(uri: path, method: method)
                #expect(answer.status == .notFound && String(buffer: answer.body).contains("UNKNOWN_ROUTE"))
                #expect(answer.headers[values: .xContentTypeOptions] == ["nosniff"])
            }
        }
    }
}

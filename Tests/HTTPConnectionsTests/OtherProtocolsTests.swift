import TestSupport
import Testing

@testable import HTTPConnections

/// Clients may offer another protocol with any request (RFC 9110 section 7.8). Nobody is obliged to take the offer; who does not
/// goes on as if there were none.
@Suite("Offers of another protocol", .holdsLedgers, .serialized)
struct OtherProtocolsTests {
    /// The request as the HTTP client of Java 17 sends it, with an offer of HTTP/2.
    private static let java =
        "GET /ok HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\nContent-Length: 0\r\nHost: 127.0.0.1:8080\r\n"
        + "HTTP2-Settings: AAEAAEAAAAIAAAAAAAMAAAAAAAQBAAAAAAUAAEAAAAYABgAA\r\nUpgrade: h2c\r\nUser-Agent: Java-http-client/17.0.15\r\n\r\n"
    private static let javaWithBody =
        "POST /echo HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\nContent-Length: 11\r\nHost: 127.0.0.1:8080\r\n"
        + "HTTP2-Settings: AAEAAEAAAAIAAAAAAAMAAAAAAAQBAAAAAAUAAEAAAAYABgAA\r\nUpgrade: h2c\r\nUser-Agent: Java-http-client/17.0.15\r\n"
        + "Content-Type: application/json\r\n\r\n{\"key\":\"x\"}"
    private static let offers = [
        java, javaWithBody,
        "GET /ok HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n",
        "GET /ok HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n",
        "GET /ok HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAM\r\n\r\n",
        "GET /ok HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nUpgrade: TLS/1.3\r\n\r\n",
        "GET /ok HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\n\r\n", "GET /ok HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nA: b\r\n\r\n",
    ]

    @Test("are ignored, and the connection goes on", arguments: offers, [1, 7, Int.max])
    func goesOn(_ request: String, _ pieces: Int) async throws {
        try await TestServer.run { server in
            let answers = try await server.talk(request + request + TestServer.ok + request + TestServer.last, pieces: pieces)
            #expect(TestServer.statuses(answers) == ["200", "200", "200", "200", "200"], "\(answers)")
        }
    }

    @Test("One after the other, each when the last is answered", arguments: offers)
    func turns(_ request: String) async throws {
        try await TestServer.run { server in
            // The echo is what was sent as the body.
            let end = request.hasPrefix("GET") ? "ok" : request.contains("key") ? "}" : "abc"
            let answers = try await onThread {
                let connection = try server.connect()
                return try (0..<5).map { _ in
                    connection.send(request)
                    return try connection.receive(upTo: end)
                }
            }
            #expect(answers.allSatisfy { $0.hasPrefix("HTTP/1.1 200") && !$0.lowercased().contains("connection: close") }, "\(answers)")
        }
    }

    @Test("Whoever closes its half right behind has its answers", arguments: offers)
    func halfClosed(_ request: String) async throws {
        try await TestServer.run { server in
            for _ in 0..<5 {
                let answers = try await server.talk(request + TestServer.ok + request, isHalfClosed: true)
                #expect(TestServer.statuses(answers) == ["200", "200", "200"], "\(answers)")
            }
        }
    }

    @Test(
        "What cannot be followed by another request is answered, and the connection closed at once",
        arguments: [
            "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example\r\n\r\n",
            "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example\r\nContent-Length: 40\r\n\r\n",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "GET /ok HTTP/3.0\r\nHost: x\r\n\r\n", "nonsense\r\n\r\n",
            "GET /ok HTTP/1.1\r\nHost: x\r\nConnection: close, Upgrade\r\nUpgrade: x\r\n\r\n",
            "GET /ok HTTP/1.0\r\nConnection: keep-alive, Upgrade\r\nUpgrade: x\r\n\r\n",
        ])
    func isLast(_ request: String) async throws {
        try await TestServer.run { server in
            let started = ContinuousClock.now
            // What follows is never taken for a request of this connection.
            let answer = try await server.talk(request + TestServer.ok)
            #expect(TestServer.statuses(answer).count == 1, "\(answer)")
            #expect(answer.lowercased().contains("connection: close"), "\(answer)")
            #expect(ContinuousClock.now - started < .seconds(40))
        }
    }
}

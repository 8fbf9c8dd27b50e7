import APITestSupport
import AsyncHTTPClient
import Foundation
import HTTPConnections
import Hummingbird
import KeyEvents
import Ledger
import Logging
import NIOCore
import NIOHTTP1
import TestSupport
import Testing

@testable import KeyledgerHTTP
@testable import LedgerAPI

@Suite("Over a real socket", .holdsLedgers)
struct SocketTests {
    /// The service on a port of its own, and its administrator's key.
    private static func serve(
        _ limits: ConnectionLimits = ConnectionLimits(), _ body: @escaping @Sendable (_ port: Int, _ secret: String) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "keyledger-socket-" + UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        let ledger = try Ledger.create(at: DataFolder(path: folder.path), prefix: "lhql")
        defer { ledger.close() }
        let made = try await ledger.commands.createKey(CreateKey(name: "admin", permissions: [.admin]), by: .commandLine)
        let secret = try #require(made.secret).reveal()
        let (ports, ready) = AsyncStream.makeStream(of: Int.self)
        let application = buildApplication(
            buildRouter(ledger: ledger), direct: .service(ledger, ForwardAuthSettings()), port: 0, limits: limits,
            logger: LogCapture().quietLogger
        ) { _, port in ready.yield(port) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await application.run() }
            let port = try #require(await ports.first { _ in true })
            try await body(port, secret)
            group.cancelAll()
        }
    }

    private static func request(_ port: Int, _ path: String, _ secret: String) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)")
        request.headers.add(name: "Authorization", value: "Bearer " + secret)
        return request
    }

    @Test("It tells where it listens, and answers there")
    func answers() async throws {
        try await Self.serve { port, secret in
            #expect(port > 0)
            var request = Self.request(port, "/v1/verify", secret)
            request.method = .POST
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(string: "{\"key\":\"\(secret)\"}"))
            let response = try await HTTPClient.shared.execute(request, timeout: .seconds(240))
            #expect(response.status == .ok)
            #expect(String(buffer: try await response.body.collect(upTo: 1 << 20)).contains("\"VALID\""))
        }
    }

    /// Wherever the key of the call itself stands.
    @Test("A key in the place of the host is refused", arguments: ["/v1/verify", "/v1/keys"])
    func keyInHost(_ path: String) async throws {
        try await Self.serve { port, secret in
            for (host, status) in [("api.example", HTTPResponseStatus.ok), (secret, .badRequest)] {
                var request = Self.request(port, path, secret)
                request.headers.add(name: "Host", value: host)
                if path == "/v1/verify" {
                    request.method = .POST
                    request.headers.add(name: "Content-Type", value: "application/json")
                    request.body = .bytes(ByteBuffer(string: "{\"key\":\"\(secret)\"}"))
                }
                let response = try await HTTPClient.shared.execute(request, timeout: .seconds(240))
                #expect(response.status == status, "\(path) \(host.prefix(8))")
            }
        }
    }

    @Test("Two keys in one request: 400")
    func twoKeys() async throws {
        try await Self.serve { port, secret in
            var request = Self.request(port, "/v1/keys", secret)
            request.headers.add(name: "X-API-Key", value: secret)
            let response = try await HTTPClient.shared.execute(request, timeout: .seconds(240))
            #expect(response.status == .badRequest)
            #expect(String(buffer: try await response.body.collect(upTo: 1 << 20)).contains("BAD_HEADER"))
        }
    }

    @Test("A body of 100 MB: 413 before it is read, said beforehand or not", arguments: [true, false])
    func hugeBody(_ isLengthKnown: Bool) async throws {
        try await Self.serve { port, secret in
            for path in ["/v1/verify", "/v1/keys"] {
                let answer = try await onThread {
                    let connection = try Self.connected(port)
                    connection.send(
                        "POST \(path) HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(secret)\r\nContent-Type: application/json\r\n"
                            + (isLengthKnown ? "Content-Length: \(100 << 20)" : "Transfer-Encoding: chunked") + "\r\n\r\n")
                    // Of the rest, the first part of a chunk.
                    if !isLengthKnown { connection.send("6400000\r\n" + String(repeating: " ", count: 2 << 20)) }
                    return try connection.receive(upTo: "}")
                }
                #expect(answer.hasPrefix("HTTP/1.1 413") && answer.lowercased().contains("connection: close"), "\(answer)")
                #expect(answer.contains("CONTENT_TOO_LARGE"))
            }
        }
    }

    @Test(
        "Whoever sends 20 MB before listening is answered too, and the connection ends", arguments: ["keep-alive", "close"],
        [true, false])
    func stubbornSender(_ connection: String, _ isLengthKnown: Bool) async throws {
        var limits = ConnectionLimits()
        limits.maxDrain = .seconds(60)
        try await Self.serve(limits) { port, secret in
            let answers = try await onThread { try Self.sendAll(port, secret, connection, isLengthKnown) }
            #expect(answers.hasPrefix("HTTP/1.1 413") && answers.lowercased().contains("connection: close"), "\(answers)")
            #expect(answers.contains("CONTENT_TOO_LARGE") && !answers.contains("HTTP/1.1 200"))
        }
    }

    /// What comes back on a connection of its own for `text`, until the server closes it.
    private static func talk(_ port: Int, _ text: String) throws -> String {
        let connection = try connected(port)
        #expect(connection.send(text))
        return try connection.receive()
    }

    @Test(
        "The last request of a connection is seen, however it says so",
        arguments: [
            "GET /healthz HTTP/1.0\r\nHost: x\r\n\r\n", "GET /healthz HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\n\r\n",
            "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: Close\r\n\r\n",
            "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: TE, close\r\nTE: trailers\r\n\r\n",
        ])
    func lastRequests(_ request: String) async throws {
        try await Self.serve { port, _ in
            let started = ContinuousClock.now
            let answer = try await onThread { try Self.talk(port, request) }
            #expect(answer.contains(" 200 OK\r\n") && answer.hasSuffix("}"), "\(answer)")
            // The server's patience with the silent is a minute.
            #expect(ContinuousClock.now - started < .seconds(50))
        }
    }

    @Test("A stream for a client of HTTP/1.0 has no chunks") func streamsOfOldClients() async throws {
        try await Self.serve { port, secret in
            let answer = try await onThread {
                let connection = try Self.connected(port)
                #expect(
                    connection.send(
                        "GET /v1/events?from=0 HTTP/1.0\r\nHost: x\r\nAccept: text/event-stream\r\nAuthorization: Bearer \(secret)\r\n\r\n")
                )
                return try connection.receive(upTo: "\n\n")
            }
            #expect(answer.hasPrefix("HTTP/1.0 200") && !answer.lowercased().contains("transfer-encoding"), "\(answer)")
        }
    }

    @Test("Whoever expects 100-continue is told to go on, once; not where the body is larger than any may be")
    func expectations() async throws {
        try await Self.serve { port, secret in
            for (path, body, status) in [("keys", "{\"name\":\"n\"}", 201), ("verify", "{\"key\":\"\(secret)\"}", 200)] {
                let head =
                    "POST /v1/\(path) HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(secret)\r\nContent-Type: application/json\r\n"
                try await onThread {
                    let connection = try Self.connected(port)
                    for isLast in [false, true] {
                        let closing = isLast ? "Connection: close\r\n" : ""
                        let expecting = head + closing + "Expect: 100-continue\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
                        #expect(connection.send(expecting))
                        #expect(try connection.receive(upTo: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
                        #expect(connection.send(body))
                        let answer = try connection.receive(upTo: isLast ? nil : "}")
                        #expect(answer.hasPrefix("HTTP/1.1 \(status)"), "\(answer)")
                    }
                    let large = head + "Expect: 100-continue\r\nContent-Length: 2000000\r\n\r\n"
                    let refused = try Self.connected(port)
                    #expect(refused.send(large))
                    #expect(try refused.receive(upTo: "}").hasPrefix("HTTP/1.1 413"))
                }
            }
        }
    }

    /// Sends a large body, then asks for health on the same connection; answers what came back.
    private static func sendAll(_ port: Int, _ secret: String, _ persistence: String, _ isLengthKnown: Bool) throws -> String {
        let connection = try connected(port)
        let head =
            "POST /v1/keys HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(secret)\r\nContent-Type: application/json\r\n"
            + "Connection: \(persistence)\r\n" + (isLengthKnown ? "Content-Length: \(20 << 20)" : "Transfer-Encoding: chunked")
            + "\r\n\r\n"
        var isSent = connection.send(head)
        let spaces = [UInt8](repeating: 0x20, count: 1 << 20)
        let piece = isLengthKnown ? spaces : Array("100000\r\n".utf8) + spaces + Array("\r\n".utf8)
        for _ in 0..<20 where isSent { isSent = connection.send(piece) }
        if isSent, !isLengthKnown { isSent = connection.send("0\r\n\r\n") }
        #expect(isSent, "nobody read on")
        if persistence == "keep-alive" {
            // Not a request of this connection any more.
            connection.send("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        }
        return try connection.receive(upTo: "}")
    }

    private static func connected(_ port: Int) throws -> SocketConnection { try SocketConnection(port: port, timeout: 240) }

    /// The fast path takes both; their clients offer HTTP/2 with each request, as Java's does.
    @Test("Offers of another protocol are ignored by gateways' and services' calls too", arguments: [1, 100_000])
    func offers(_ pieces: Int) async throws {
        try await Self.serve { port, secret in
            let offer = "Connection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAEAAEAAAAIAAAAA\r\nUpgrade: h2c\r\n"
            let body = "{\"key\":\"\(secret)\"}"
            let head = "Host: x\r\nAuthorization: Bearer \(secret)\r\nX-Keyledger-Service-Key: \(secret)\r\n"
            let verify =
                "POST /v1/verify HTTP/1.1\r\n\(offer)\(head)Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
                + body
            let auth = "GET /v1/auth HTTP/1.1\r\n\(head)\(offer)\r\n"
            let last = "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
            let answers = try await onThread {
                let connection = try Self.connected(port)
                let bytes = Array((verify + auth + verify + verify + auth + auth + last).utf8)
                for start in stride(from: 0, to: bytes.count, by: pieces) {
                    connection.send(Array(bytes[start..<min(bytes.count, start + pieces)]))
                }
                return try connection.receive()
            }
            #expect(answers.matches(of: /HTTP\/1\.1 200/).count == 7, "\(answers)")
            #expect(answers.matches(of: /"valid":true/).count == 3)
        }
    }

    @Test("The fast path says of the last answer that it is the last", arguments: ["HTTP/1.0", "HTTP/1.1"])
    func lastAnswers(_ version: String) async throws {
        try await Self.serve { port, secret in
            let body = "{\"key\":\"\(secret)\"}"
            let text =
                "POST /v1/verify \(version)\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer \(secret)\r\n"
                + "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
            let answer = try await onThread { try Self.talk(port, text) }
            #expect(
                answer.wholeMatch(of: /HTTP\/1\.1 200 OK\r\n(?s:.*)\r\nConnection: close\r\n\r\n\{"valid":true.*\}/) != nil, "\(answer)")
        }
    }

    /// A stranger is refused before the whole body is kept; who is known is waited for.
    @Test("Half a body at the fast path: 401 at once for strangers, 408 in time for others", arguments: [true, false])
    func halfBodies(_ isKnown: Bool) async throws {
        var limits = ConnectionLimits()
        limits.maxRequestTime = isKnown ? .seconds(1) : .seconds(600)
        limits.maxDrain = .milliseconds(500)
        try await Self.serve(limits) { port, secret in
            let key = isKnown ? secret : "nobody"
            let text =
                "POST /v1/verify HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(key)\r\nContent-Type: application/json\r\n"
                + "Content-Length: 60000\r\n\r\n" + String(repeating: " ", count: 8192)
            let answer = try await onThread { try Self.talk(port, text) }
            #expect(answer.hasPrefix(isKnown ? "HTTP/1.1 408" : "HTTP/1.1 401"), "\(answer)")
            #expect(answer.lowercased().contains("connection: close"))
        }
    }

    @Test("The other listener, and the small half of a body", arguments: ["/v1/verify", "/v1/auth", "/v1/keys"])
    func smallHalves(_ path: String) async throws {
        var limits = ConnectionLimits()
        limits.maxRequestTime = .milliseconds(700)
        limits.maxDrain = .milliseconds(300)
        try await Self.serve(limits) { port, _ in
            let text = "POST \(path) HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 600\r\n\r\n{"
            let answer = try await onThread { try Self.talk(port, text) }
            // Refused at once, or when the rest did not come.
            #expect(answer.prefixMatch(of: /HTTP\/1\.1 (401|403|408)/) != nil, "\(answer)")
            #expect(answer.lowercased().contains("connection: close"))
        }
    }
}

import APITestSupport
import AsyncHTTPClient
import Foundation
import KeyEvents
import Ledger
import LedgerQueries
import NIOCore
import NIOHTTP1
import ServiceLifecycle
import TestSupport
import Testing

@testable import KeyledgerHTTP
@testable import LedgerAPI

/// Calls that are answered on the connection's own thread are answered as the router would.
@Suite("Answered directly", .holdsLedgers)
struct FastPathParityTests {
    /// Two servers of one ledger, with and without the short way, and a key that may ask.
    private struct Site: Sendable {
        let ledger: Ledger
        let direct: Int
        let router: Int
        let service: String

        func key(_ request: CreateKey) async throws -> (id: KeyID, secret: String) {
            let made = try await ledger.commands.createKey(request, by: .commandLine)
            return (made.outcome.key.state.id, try #require(made.secret).reveal())
        }
    }

    /// `isForGateways`: on listeners that only they reach.
    private static func run(
        _ recording: UseRecording = .durable, isForGateways: Bool = false, _ body: @escaping @Sendable (Site) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "keyledger-direct-" + UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        let ledger = try Ledger.create(at: DataFolder(path: folder.path), prefix: "lhql", options: .init(recording: recording))
        defer { ledger.close() }
        let service = try await ledger.commands.createKey(CreateKey(name: "service", permissions: [.verify]), by: .commandLine)
        let secret = try #require(service.secret).reveal()
        let (ports, ready) = AsyncStream.makeStream(of: (Bool, Int).self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for isDirect in [true, false] {
                let settings = ForwardAuthSettings(keyHeader: KeyHeader("X-Listings-Key"))
                let answers: FastPathRoutes = isForGateways ? .gateways(ledger, settings) : .service(ledger, settings)
                let router =
                    isForGateways
                    ? buildAuthRouter(ledger: ledger, settings: settings) : buildRouter(ledger: ledger, forwardAuth: settings)
                let application = buildApplication(
                    router, direct: isDirect ? answers : .none, port: 0, logger: LogCapture().quietLogger
                ) { _, port in ready.yield((isDirect, port)) }
                group.addTask { try await application.run() }
            }
            var found: [Bool: Int] = [:]
            for await (isDirect, port) in ports {
                found[isDirect] = port
                if found.count == 2 { break }
            }
            try await body(
                Site(ledger: ledger, direct: try #require(found[true]), router: try #require(found[false]), service: secret))
            group.cancelAll()
        }
    }

    private static func call(
        _ port: Int, _ body: String?, _ headers: [(String, String)], _ method: HTTPMethod = .POST, at path: String = "/v1/verify"
    ) async throws -> (Int, HTTPHeaders, String) {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)")
        request.method = method
        request.headers = HTTPHeaders(headers)
        request.body = body.map { .bytes(ByteBuffer(string: $0)) }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(240))
        return (Int(response.status.code), response.headers, String(buffer: try await response.body.collect(upTo: 1 << 20)))
    }

    @Test("Whatever is asked, both say the same", arguments: [UseRecording.durable, .buffered])
    func sameAnswers(_ recording: UseRecording) async throws {
        try await Self.run(recording) { site in
            let good = try await site.key(
                CreateKey(name: "Süd \"Sync\"", account: AccountID("acme"), scopes: ["a:*"], metadata: ["k": "v"]))
            let revoked = try await site.key(CreateKey(name: "r", account: AccountID("acme")))
            _ = try await site.ledger.commands.revokeKey(revoked.id, by: .commandLine)
            let here = try await site.key(CreateKey(name: "here", ipAllowlist: ["192.0.2.0/24"]))
            let weak = try await site.key(CreateKey(name: "weak"))
            let account = try await site.key(CreateKey(name: "own", account: AccountID("acme"), permissions: []))
            let bearer = { (secret: String) in ("Authorization", "Bearer " + secret) }
            let json = ("Content-Type", "application/json")
            let service = bearer(site.service)
            let calls: [(String, [(String, String)])] = [
                ("{\"key\":\"\(good.1)\"}", [service, json]), ("{\"key\":\"\(good.1)\",\"scopes\":[\"a:b\"]}", [service, json]),
                ("{\"key\":\"\(good.1)\",\"scopes\":[\"b\"]}", [service, json]), ("{\"key\":\"\(good.1.dropLast())\"}", [service, json]),
                ("{\"key\":\"\(revoked.1)\",\"ip\":\"192.0.2.1\",\"method\":\"GET\",\"path\":\"/a?b\"}", [service, json]),
                ("{\"key\":\"\(here.1)\",\"ip\":\"192.0.2.1\"}", [service, json]),
                ("{\"key\":\"\(here.1)\",\"ip\":\"x\"}", [service, json]),
                ("{\"key\":\"\(good.1)\",\"environment\":\"test\"}", [service, json]),
                ("{\"key\":\"\(good.1)\",\"scopes\":[\"\(here.1)\"]}", [service, json]),
                ("{\"key\":\"\(good.1)\",\"path\":\"/\(good.1)\"}", [service, json]),
                ("{\"key\":\"\(good.1)\",\"dryRun\":true}", [service, json]),
                ("{\"key\":\"\(good.1)\",\"minPosition\":0}", [service, json]),
                ("{\"key\":\"\(good.1)\",\"at\":\"1\"}", [service, json]),
                ("{\"key\":\"\(good.1)\",\"at\":\"999999\"}", [service, json]),
                ("{\"key\":\"\(good.1)\"}", [("X-API-Key", site.service), json]), ("{\"key\":\"\(good.1)\"}", [json]),
                ("{\"key\":\"\(good.1)\"}", [service, ("X-API-Key", site.service), json]),
                ("{\"key\":\"\(good.1)\"}", [bearer(weak.1), json]),
                ("{\"key\":\"\(good.1)\"}", [bearer(revoked.1), json]), ("{\"key\":\"\(good.1)\"}", [bearer(account.1), json]),
                ("{\"key\":\"\(good.1)\"}", [service]), ("{\"key\":\"\(good.1)\"}", [service, ("Content-Type", "text/plain")]),
                ("{\"key\":\"\(good.1)\"}", [service, ("Content-Type", "application/json; charset=utf-8")]), ("", [service, json]),
                ("{", [service, json]), ("[]", [service, json]), ("{\"key\":7}", [service, json]),
                ("{\"key\":\"x\",\"y\":1}", [service, json]),
                ("{\"key\":\"x\",\"scopes\":[\" \"]}", [service, json]),
                (String(repeating: " ", count: 70_000) + "{\"key\":\"x\"}", [service, json]),
                (String(repeating: " ", count: 1_100_000), [service, json]),
            ]
            for (body, headers) in calls {
                let direct = try await Self.call(site.direct, body, headers)
                let router = try await Self.call(site.router, body, headers)
                #expect(direct.0 == router.0, "\(body.prefix(120))")
                // Buffered uses are recorded meanwhile.
                let position = /"position":\d+|last record stands at \d+/
                #expect(direct.2.replacing(position, with: "") == router.2.replacing(position, with: ""), "\(body.prefix(120))")
                try Self.expectSameHeaders(direct, router)
                #expect(direct.1.first(name: "Content-Length") == "\(direct.2.utf8.count)")
            }
        }
    }

    private static func expectSameHeaders(_ direct: (Int, HTTPHeaders, String), _ router: (Int, HTTPHeaders, String)) throws {
        func names(_ headers: HTTPHeaders) -> [String] {
            // Whether a long body had come to its end by then, and so whether the connection goes on, is a matter of time.
            headers.filter { !["date", "x-request-id", "connection"].contains($0.name.lowercased()) }.map {
                "\($0.name.lowercased()): \($0.value)"
            }
            .filter { !$0.hasPrefix("content-length") }.sorted()
        }
        #expect(names(direct.1) == names(router.1))
        #expect(direct.1.contains(name: "X-Request-Id") == router.1.contains(name: "X-Request-Id"))
        let date = try #require(direct.1.first(name: "Date"))
        #expect(date.wholeMatch(of: /(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT/) != nil, "\(date)")
    }

    /// The uses that stand from a position on: all but their times.
    private static func records(_ ledger: Ledger, from position: UInt64) throws -> [String] {
        var found: [String] = []
        try ledger.events.events(from: position, limit: .max) { _, event, personal in
            guard case .used(let use) = event.body, !use.isInternal else { return }
            found.append(
                "\(event.keyID) \(use.scopesAsked) \(event.actor) \(personal?.clientAddress ?? "-") \(personal?.method ?? "-")"
                    + " \(personal?.path ?? "-")")
        }
        return found
    }

    /// What a gateway asks.
    private struct Ask {
        var headers: [(String, String)]
        let method: HTTPMethod
        /// What follows `/v1/auth`.
        let address: String
        let body: String?

        init(_ headers: [(String, String)], _ method: HTTPMethod = .GET, _ address: String = "", body: String? = nil) {
            self.headers = headers
            self.method = method
            self.address = address
            self.body = body
        }

        init(_ headers: [(String, String)], _ address: String) { self.init(headers, .GET, address) }

        func adding(_ name: String, _ value: String) -> Ask {
            var ask = self
            ask.headers.append((name, value))
            return ask
        }
    }

    @Test("Whatever a gateway asks, both say and record the same", arguments: [true, false])
    func sameAuthAnswers(_ isForGateways: Bool) async throws {
        try await Self.run(isForGateways: isForGateways) { site in
            let good = try await site.key(
                CreateKey(name: "Süd \"Sync\" 100 %", account: AccountID("acme"), scopes: ["a:*", "b"], metadata: ["k": "v"]))
            let revoked = try await site.key(CreateKey(name: "r", account: AccountID("acme")))
            _ = try await site.ledger.commands.revokeKey(revoked.id, by: .commandLine)
            let here = try await site.key(CreateKey(name: "here", ipAllowlist: ["192.0.2.0/24"]))
            let weak = try await site.key(CreateKey(name: "weak"))
            let bearer = { (secret: String) in ("Authorization", "Bearer " + secret) }
            let from = { (address: String) in ("X-Forwarded-For", address) }
            let preflight = [
                ("X-Forwarded-Method", "OPTIONS"), ("Origin", "https://a.example"), ("Access-Control-Request-Method", "PUT"),
            ]
            let (asked, forwarded) = ([bearer(good.secret)], [("X-Original-Method", "PUT"), ("X-Original-URI", "/l/1?x=y")])
            var calls = [
                Ask(asked), Ask(asked, "?scope=c"), Ask(asked, "?scope=c&proxy=nginx"), Ask(asked, "?environment=test"),
                Ask(asked, "?surprise=1"), Ask(asked, "/for/-"), Ask(asked, "x"), Ask(asked, .POST, "/for/scope=b/listings/1?x=y"),
                Ask(asked, .HEAD), Ask(asked, .DELETE), Ask(asked, .POST, body: "a body"), Ask(asked, .POST, body: ""),
                Ask(asked, "?" + String(repeating: "scope=a:x&", count: 50)), Ask([], "?proxy=nginx"), Ask([]),
                Ask([("X-API-Key", good.secret)], "?scope=a:x&scope=b"), Ask([("X-Listings-Key", good.secret)]),
                Ask([bearer(String(good.secret.dropLast()))]), Ask([bearer("nonsense")], "?proxy=nginx"), Ask([bearer(revoked.secret)]),
                Ask(asked + [("X-API-Key", good.secret)]), Ask([("Authorization", "Basic x")]),
                Ask([("Authorization", "Basic x")], "?proxy=nginx"), Ask([bearer(here.secret), from("192.0.2.7")]),
                Ask([bearer(here.secret), from("192.0.3.7")]), Ask(asked + forwarded + [from("203.0.113.1, 192.0.2.9")], "?scope=a:x"),
                Ask(asked + [("X-Forwarded-Uri", "/a?q=\(good.secret)")]), Ask(asked + [("X-Original-URI", "/a?key=city")]),
                Ask(asked + [("X-Forwarded-Uri", "/a?api_key=x")]), Ask(preflight, "?preflight=allow"), Ask(preflight),
            ]
            if !isForGateways {
                calls = calls.map { $0.adding("X-Keyledger-Service-Key", site.service) } + [Ask(asked)]
                calls += [weak.secret, revoked.secret, "x"].map { Ask(asked).adding("X-Keyledger-Service-Key", $0) }
            }
            var uses = 0
            for ask in calls {
                var answers: [(Int, HTTPHeaders, String)] = []
                var records: [[String]] = []
                for port in [site.direct, site.router] {
                    let next = try (site.ledger.log.lastPosition() ?? 0) + 1
                    answers.append(try await Self.call(port, ask.body, ask.headers, ask.method, at: "/v1/auth" + ask.address))
                    records.append(try Self.records(site.ledger, from: next))
                }
                #expect(answers[0].0 == answers[1].0 && answers[0].2 == answers[1].2, "\(ask.method) \(ask.address) \(answers)")
                #expect(answers[0].1.first(name: "Content-Length") == answers[1].1.first(name: "Content-Length"))
                try Self.expectSameHeaders(answers[0], answers[1])
                #expect(records[0] == records[1], "\(ask.method) \(ask.address) \(records)")
                uses += records[0].count
            }
            #expect(uses > 8)
        }
    }

    /// Behind a proxy a calling service is known by its own address, on the short way too.
    @Test("The calling service's address is the one its proxy tells", arguments: [true, false])
    func addressOfTheService(_ isDirect: Bool) async throws {
        try await Self.run { site in
            let service = try await site.key(
                CreateKey(name: "fenced", account: AccountID("acme"), permissions: [.verify], ipAllowlist: ["203.0.113.9"]))
            let key = try await site.key(CreateKey(name: "k", account: AccountID("acme")))
            let body = "{\"key\":\"\(key.secret)\",\"ip\":\"[2001:db8::1]:443\"}"
            for (hops, status) in [("203.0.113.9", 200), ("10.0.0.1, 203.0.113.9", 200), ("203.0.113.9, 198.51.100.1", 403)] {
                let headers = [
                    ("Authorization", "Bearer " + service.secret), ("Content-Type", "application/json"), ("X-Forwarded-For", hops),
                ]
                let answer = try await Self.call(isDirect ? site.direct : site.router, body, headers, .POST, at: "/v1/verify")
                #expect(answer.0 == status, "\(hops) \(answer.2)")
            }
            // A lifecycle event of the service's key closes its windows.
            _ = try await site.ledger.commands.disableKey(service.id, by: .commandLine)
            var addresses: [KeyID: [String?]] = [:]
            try site.ledger.events.events(from: 0, limit: .max) { _, event, personal in
                if case .used = event.body { addresses[event.keyID, default: []].append(personal?.clientAddress) }
                if case .refused = event.body { addresses[event.keyID, default: []].append(personal?.clientAddress) }
            }
            #expect(Set(addresses[service.id] ?? []) == ["203.0.113.9", "198.51.100.1"])
            #expect(addresses[key.id] == ["2001:db8::1", "2001:db8::1"])
        }
    }

    @Test func httpDates() {
        // The first is RFC 9110's own example.
        #expect(Timestamp(seconds: 784_111_777).httpDate == "Sun, 06 Nov 1994 08:49:37 GMT")
        #expect(Timestamp(seconds: 0).httpDate == "Thu, 01 Jan 1970 00:00:00 GMT")
        #expect(Timestamp(seconds: -1).httpDate == "Wed, 31 Dec 1969 23:59:59 GMT")
        #expect(Timestamp(microseconds: 4_107_542_399_999_999).httpDate == "Sun, 28 Feb 2100 23:59:59 GMT")
    }

    /// Calls sent ahead, of both kinds, in pieces of any size: the answers come in the order of the calls, each once.
    @Test("Pipelined calls are answered in their order", arguments: [1, 7, 64, 100_000])
    func pipelined(_ piece: Int) async throws {
        try await Self.run { site in
            let key = try await site.ledger.commands.createKey(CreateKey(name: "k"), by: .commandLine)
            let secret = try #require(key.secret).reveal()
            let text = (0..<150).map { number in
                let isLast = number == 149
                let close = isLast ? "Connection: close\r\n" : ""
                if number % 7 == 3 { return "GET /healthz HTTP/1.1\r\nHost: x\r\n\(close)\r\n" }
                let body = "{\"key\":\"\(secret)\",\"scopes\":[\"s\(number)\"]}"
                return "POST /v1/verify HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer \(site.service)\r\n"
                    + "Content-Length: \(body.utf8.count)\r\n\(close)\r\n\(body)"
            }.joined()
            let answers = try await onThread { try Self.exchange(site.direct, Array(text.utf8), pieces: piece) }
            let found = answers.matches(of: /the scope s(\d+);|"status":"ok"/).map { $0.1.map { String($0) } ?? "ok" }
            #expect(found == (0..<150).map { $0 % 7 == 3 ? "ok" : "\($0)" })
            #expect(answers.matches(of: /HTTP\/1\.1 200/).count == 150)
        }
    }

    /// A client that says nothing more, and reads on.
    @Test("Whoever closes its half of the connection has its answers, and its uses are recorded", arguments: [1, 20])
    func halfClosed(_ calls: Int) async throws {
        try await Self.run(.durable) { site in
            let key = try await site.ledger.commands.createKey(CreateKey(name: "k"), by: .commandLine)
            let body = "{\"key\":\"\(try #require(key.secret).reveal())\"}"
            let call =
                "POST /v1/verify HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer \(site.service)\r\n"
                + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
            let text = String(repeating: call, count: calls)
            // Each time anew: the end of what is said must be read before the last answer is there.
            for _ in 0..<5 {
                let start = try #require(try site.ledger.log.lastPosition())
                let answers = try await onThread {
                    try Self.exchange(site.direct, Array(text.utf8), pieces: 100_000, isHalfClosed: true)
                }
                #expect(answers.matches(of: /"valid":true/).count == calls)
                #expect(try Self.records(site.ledger, from: start + 1).count == calls)
            }
        }
    }

    @Test("The status line has its reason phrase, which clients' libraries do not show") func statusLines() async throws {
        try await Self.run { site in
            let key = try await site.key(CreateKey(name: "k"))
            for (secret, scope, line) in [
                (key.secret, "", "HTTP/1.1 200 OK"), (key.secret, "?scope=a", "HTTP/1.1 403 Forbidden"),
                (String(key.secret.dropLast()), "", "HTTP/1.1 401 Unauthorized"),
            ] {
                let call =
                    "GET /v1/auth\(scope) HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Keyledger-Service-Key: \(site.service)\r\n"
                    + "Authorization: Bearer \(secret)\r\n\r\n"
                for port in [site.direct, site.router] {
                    let answer = try await onThread { try Self.exchange(port, Array(call.utf8), pieces: 100_000) }
                    #expect(answer.hasPrefix(line + "\r\n"), "\(answer)")
                }
            }
        }
    }

    @Test("What cannot be read is complained of when what came before it is answered; HTTP/1.0 is answered, and closed") func lastCalls()
        async throws
    {
        try await Self.run { site in
            let key = try await site.key(CreateKey(name: "k"))
            let body = "{\"key\":\"\(key.secret)\"}"
            let headers =
                "Content-Type: application/json\r\nAuthorization: Bearer \(site.service)\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
            let call = "POST /v1/verify HTTP/1.1\r\nHost: x\r\n" + headers + body
            let old = "POST /v1/verify HTTP/1.0\r\n" + headers + body
            let (bad, last) = try await onThread {
                (
                    try Self.exchange(site.direct, Array((call + call + "\u{1}nonsense\r\n\r\n").utf8), pieces: 100_000),
                    try Self.exchange(site.direct, Array(old.utf8), pieces: 100_000)
                )
            }
            let statuses = bad.matches(of: /HTTP\/1\.1 (\d+)/).map { String($0.1) }
            #expect(statuses == ["200", "200", "400"], "\(bad)")
            #expect(last.hasPrefix("HTTP/1.1 200 OK\r\n") && last.contains("\"valid\":true") && last.hasSuffix("}"), "\(last)")
            #expect(try Self.records(site.ledger, from: 0).count == 3)
        }
    }

    /// What follows on the connection is not taken for another piece of it.
    @Test("After an answer that came in chunks, on the same connection") func afterChunks() async throws {
        try await Self.run { site in
            let key = try await site.key(CreateKey(name: "k"))
            let auditor = try await site.key(CreateKey(name: "auditor", permissions: [.logRead, .admin]))
            let body = "{\"key\":\"\(key.secret)\"}"
            let call =
                "POST /v1/verify HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer \(site.service)\r\n"
                + "Content-Length: \(body.utf8.count)\r\n"
            // The stream asks for events until a time after which something was recorded: it ends, and the connection stays open.
            let until = site.ledger.time.now
            _ = try await site.key(CreateKey(name: "later"))
            let stream =
                "GET /v1/events?from=0&until=\(until) HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\nAuthorization: Bearer \(auditor.secret)\r\n\r\n"
            let answers = try await onThread {
                let connection = try SocketConnection(port: site.direct, timeout: 60)
                connection.send(stream)
                let events = try connection.receive(upTo: "\r\n0\r\n\r\n")
                var answers: [String] = []
                for _ in 0..<3 {
                    connection.send(call + "\r\n" + body)
                    answers.append(try connection.receive(upTo: "}"))
                }
                connection.send(call + "Connection: close\r\n\r\n" + body)
                return [events] + answers + [try connection.receive()]
            }
            #expect(answers[0].lowercased().contains("transfer-encoding: chunked"))
            for answer in answers.dropFirst() {
                let text = try #require(answer.wholeMatch(of: /HTTP\/1\.1 200 OK\r\n(?s:.*)\r\n\r\n(\{"valid":true,.*\})/), "\(answer)")
                #expect(answer.contains("Content-Length: \(text.1.utf8.count)\r\n"))
            }
        }
    }

    private static func exchange(_ port: Int, _ bytes: [UInt8], pieces: Int, isHalfClosed: Bool = false) throws -> String {
        let connection = try SocketConnection(port: port, timeout: 60)
        for start in stride(from: 0, to: bytes.count, by: pieces) {
            #expect(connection.send(Array(bytes[start..<min(start + pieces, bytes.count)])))
        }
        if isHalfClosed { connection.endSending() }
        return try connection.receive()
    }
}

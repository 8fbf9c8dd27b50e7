import TestSupport
import Testing

@testable import HTTPConnections

/// A request that two could read in two ways is none (RFC 9112 sections 3.2 and 6.3).
@Suite("Heads that can be read in one way only", .holdsLedgers, .serialized)
struct RequestHeadRulesTests {
    private static let chunked = "Transfer-Encoding: chunked\r\n"
    private static let smuggled = "GET /ok HTTP/1.1\r\nHost: smuggled\r\n\r\n"

    private static let unclearHeads: [String] = [
        // Requests whose host is missing, ambiguous or malformed.
        "GET /ok HTTP/1.1\r\n\r\n", "GET /ok HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", "GET /ok HTTP/1.1\r\nHost: a\r\nhost: b\r\n\r\n",
        "GET /ok HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", "GET /ok HTTP/1.1\r\nHost: a, b\r\n\r\n", "GET /ok HTTP/1.1\r\nHost: a b\r\n\r\n",
        "GET /ok HTTP/1.1\r\nHost: a/b\r\n\r\n", "GET /ok HTTP/1.1\r\nHost: u@a\r\n\r\n", "GET /ok HTTP/1.1\r\nHost: a:b\r\n\r\n",
        "GET /ok HTTP/1.1\r\nHost: [::1\r\n\r\n", "GET /ok HTTP/1.1\r\nHost: [::1]x\r\n\r\n", "GET /ok HTTP/1.1\r\nHost: :80\r\n\r\n",
        // Requests whose end is ambiguous.
        "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked;q=1\r\n\r\n0\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding:\r\n\r\n0\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: x\r\n\(chunked)\(chunked)\r\n0\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\(chunked)\r\n0\r\n\r\n",
        "POST /echo HTTP/1.0\r\nHost: x\r\n\(chunked)\r\n0\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\(chunked)\r\n0\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: x\r\n\(chunked)Content-Length: 5\r\n\r\n0\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nabcde",
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5, 5\r\n\r\nabcde",
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: +5\r\n\r\nabcde",
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 0x5\r\n\r\nabcde",
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length:\r\n\r\n",
        // What for.
        "GET ok HTTP/1.1\r\nHost: x\r\n\r\n", "GET * HTTP/1.1\r\nHost: x\r\n\r\n", "GET x:80 HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /ok#a HTTP/1.1\r\nHost: x\r\n\r\n", "GET ftp://x/ok HTTP/1.1\r\nHost: x\r\n\r\n", "GET http:///ok HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET http://u@x/ok HTTP/1.1\r\nHost: x\r\n\r\n", "GET http://a,b/ok HTTP/1.1\r\nHost: x\r\n\r\n",
    ]

    @Test("Others are answered 400, once, and the connection ends", arguments: unclearHeads, [1, Int.max])
    func isRefused(_ request: String, _ pieces: Int) async throws {
        try await TestServer.run { server in
            let answers = try await server.talk(TestServer.ok + request + Self.smuggled, pieces: pieces)
            #expect(TestServer.statuses(answers) == ["200", "400"], "\(answers)")
            #expect(answers.lowercased().contains("connection: close"), "\(answers)")
            #expect(server.bodies.value == 0)
        }
    }

    private static let clearHeads: [(request: String, status: String)] = [
        ("GET /ok HTTP/1.1\r\nhOST:x\r\n\r\n", "200"), ("GET /ok HTTP/1.1\r\nHost:\r\n\r\n", "200"),
        ("GET /ok HTTP/1.1\r\nHost: a-b_c.example:8080\r\n\r\n", "200"), ("GET /ok HTTP/1.1\r\nHost: [fe80::1%25en0]:80\r\n\r\n", "200"),
        ("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: Chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", "200"),
        ("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc", "200"),
        ("GET http://other.example/ok HTTP/1.1\r\nHost: x\r\n\r\n", "200"), ("GET HTTPS://a:1/ok?b HTTP/1.1\r\nHost: x\r\n\r\n", "200"),
        ("GET http://a HTTP/1.1\r\nHost: x\r\n\r\n", "404"), ("GET http://a?b HTTP/1.1\r\nHost: x\r\n\r\n", "404"),
        ("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", "404"), ("OPTIONS http://a HTTP/1.1\r\nHost: x\r\n\r\n", "404"),
    ]

    @Test("The rest is answered, and the connection goes on", arguments: clearHeads)
    func isAnswered(_ request: String, _ status: String) async throws {
        try await TestServer.run { server in
            let answers = try await server.talk(request + request + TestServer.last)
            #expect(TestServer.statuses(answers) == [status, status, "200"], "\(answers)")
        }
    }

    /// Whatever is wrong with the rest of a request, the answer to it was given.
    @Test(
        "After an early answer there is no other, and its client can read it",
        arguments: [
            "zz\r\n", "3\r\nabcX", "3\r\nabc\r\n0\r\n: \r\n\r\n", "fffffffffffffffffff\r\n", "\0", "3\r\nabc\r\n0\r\n\r\nnonsense\r\n\r\n",
        ],
        [false, true])
    func earlyAnswers(_ rest: String, _ isTogether: Bool) async throws {
        var limits = ConnectionLimits()
        limits.maxDrain = .milliseconds(700)
        try await TestServer.run(limits) { server in
            for path in ["/refuse", "/unknown"] {
                let head = "POST \(path) HTTP/1.1\r\nHost: x\r\n\(Self.chunked)\r\n"
                let answers = try await onThread {
                    let connection = try server.connect()
                    connection.send(isTogether ? head + rest : head)
                    var answers = ""
                    if !isTogether {
                        answers = try connection.receive(upTo: "\r\n\r\n")
                        connection.send(rest)
                    }
                    connection.send(Self.smuggled + Self.smuggled)
                    return answers + (try connection.receive())
                }
                // What is read before the answer can be answered itself: then that is the one. What follows a whole request is another.
                let (statuses, early) = (TestServer.statuses(answers), path == "/refuse" ? "401" : "404")
                let isWhole = isTogether && rest.hasSuffix("nonsense\r\n\r\n")
                #expect(statuses.count == 1 || isWhole && statuses == [early, "400"], "\(answers)")
                #expect(isTogether || statuses == [early], "\(answers)")
                #expect(answers.lowercased().contains("connection: close"), "\(answers)")
            }
        }
    }

    @Test("All answers say that they are of no other type, those without a request too")
    func noSniffing() async throws {
        var limits = ConnectionLimits()
        limits.maxHeadTime = .milliseconds(300)
        try await TestServer.run(limits) { server in
            for request in [TestServer.last, "nonsense\r\n\r\n", "POST /refuse HTTP/1.0\r\n\r\n", "GET /ok HTTP/1.1\r\nHo"] {
                let answers = try await server.talk(request)
                #expect(
                    TestServer.statuses(answers).count == 1 && answers.contains("\r\nX-Content-Type-Options: nosniff\r\n"), "\(answers)")
            }
        }
    }
}

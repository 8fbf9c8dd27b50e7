import TestSupport
import Testing

@testable import HTTPConnections

@Suite("How long a connection may take", .holdsLedgers, .serialized)
struct DeadlinesTests {
    private static var limits: ConnectionLimits {
        var limits = ConnectionLimits()
        limits.maxHeadTime = .milliseconds(500)
        limits.maxRequestTime = .milliseconds(1500)
        limits.maxDrain = .milliseconds(500)
        return limits
    }

    /// Sends `start`, then a byte now and then for as long as the server takes them; answers what came back.
    private static func trickle(_ server: TestServer, _ start: String) async throws -> String {
        try await onThread {
            let connection = try server.connect()
            connection.send(start)
            let deadline = ContinuousClock.now + .seconds(50)
            while connection.send("a"), ContinuousClock.now < deadline { connection.pause(milliseconds: 50) }
            #expect(ContinuousClock.now < deadline, "the server went on reading")
            return try connection.receive()
        }
    }

    private static let form =
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 60000\r\n\r\n"

    @Test(
        "A request that trickles in: 408, and the connection is closed though more comes",
        arguments: ["GET /", "GET /ok HTTP/1.1\r\nHost: x\r\nX: ", form, TestServer.ok + form, TestServer.ok + "GET /ok HTTP/1.1\r\nX: "])
    func tricklingRequests(_ start: String) async throws {
        try await TestServer.run(Self.limits) { server in
            let answers = try await Self.trickle(server, start)
            // A connection that is closed while bytes are on their way may lose its last words.
            let statuses = TestServer.statuses(answers)
            #expect((start.contains("ok HTTP/1.1\r\nHost: x\r\n\r\n") ? ["200", "408"] : ["408"]).starts(with: statuses), "\(answers)")
            #expect(server.bodies.value == 0)
            #expect(try await TestServer.eventually { server.registry.count == 0 })
        }
    }

    @Test("A request that stops coming is told so: 408", arguments: ["GET /ok HTT", form + "half"])
    func halfRequests(_ start: String) async throws {
        try await TestServer.run(Self.limits) { server in
            let answer = try await server.talk(start)
            #expect(
                answer
                    == "HTTP/1.1 408 Request Timeout\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
            // Half a body is never taken for a whole one.
            #expect(server.bodies.value == 0)
        }
    }

    @Test("A refusal that comes before the body ends the connection, though the body trickles on")
    func earlyAnswers() async throws {
        var limits = Self.limits
        limits.maxRequestTime = .seconds(600)
        try await TestServer.run(limits) { server in
            let answers = try await onThread {
                let connection = try server.connect()
                connection.send("POST /refuse HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n")
                let head = try connection.receive(upTo: "\r\n\r\n")
                let deadline = ContinuousClock.now + .seconds(50)
                while connection.send("a"), ContinuousClock.now < deadline { connection.pause(milliseconds: 50) }
                #expect(ContinuousClock.now < deadline, "the server went on reading")
                return head
            }
            #expect(answers.hasPrefix("HTTP/1.1 401") && answers.lowercased().contains("connection: close"), "\(answers)")
            #expect(try await TestServer.eventually { server.registry.count == 0 })
        }
    }

    @Test("Whoever sends all of a large body before reading has the refusal; no more than a bound is read of it")
    func stubbornSenders() async throws {
        var limits = ConnectionLimits()
        limits.maxDrain = .seconds(50)
        limits.maxDrainBytes = 30 << 20
        try await TestServer.run(limits) { server in
            for (megabytes, isAnswered) in [(20, true), (200, false)] {
                let (isSent, answer) = try await onThread {
                    let connection = try server.connect()
                    connection.send("POST /refuse HTTP/1.1\r\nHost: x\r\nContent-Length: \(megabytes << 20)\r\n\r\n")
                    let piece = [UInt8](repeating: 0x61, count: 1 << 20)
                    let isSent = (0..<megabytes).allSatisfy { _ in connection.send(piece) }
                    return (isSent, try connection.receive(upTo: "\r\n\r\n"))
                }
                #expect(isSent == isAnswered)
                if isAnswered { #expect(answer.hasPrefix("HTTP/1.1 401")) }
            }
        }
    }

    @Test("A body that is there when it is refused leaves the connection as it is")
    func wholeBodies() async throws {
        try await TestServer.run { server in
            let refused = "POST /refuse HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
            let answers = try await onThread {
                let connection = try server.connect()
                return try (0..<3).map { _ in
                    connection.send(refused)
                    return try connection.receive(upTo: "\r\n\r\n")
                }
            }
            #expect(answers.allSatisfy { $0.hasPrefix("HTTP/1.1 401") && !$0.lowercased().contains("connection: close") }, "\(answers)")
        }
    }

    @Test("Line breaks between requests begin none")
    func lineBreaks() async throws {
        try await TestServer.run(Self.limits) { server in
            let answers = try await onThread {
                let connection = try server.connect()
                connection.send(TestServer.ok + "\r\n")
                connection.send("\r\n")
                connection.pause(milliseconds: 2000)
                connection.send(TestServer.last)
                return try connection.receive()
            }
            #expect(TestServer.statuses(answers) == ["200", "200"], "\(answers)")
        }
    }

    @Test("Nobody waits for a client that is idle, or takes nothing of its answer; one that takes it slowly has all of it")
    func idleClients() async throws {
        var limits = ConnectionLimits()
        limits.maxIdleTime = .milliseconds(500)
        limits.maxStallTime = .milliseconds(500)
        try await TestServer.run(limits) { server in
            let large = "GET /large HTTP/1.1\r\nHost: x\r\n\r\n"
            let (silent, deaf) = (try server.connect(), try server.connect(receiveBuffer: 4096))
            deaf.send(large)
            #expect(try await TestServer.eventually { server.registry.count == 0 })
            silent.leave()
            let slow = try await onThread {
                let connection = try server.connect(receiveBuffer: 65536)
                connection.send(large)
                var count = 0
                while count < TestServer.large {
                    let more = connection.receiveSome()
                    guard !more.isEmpty else { break }
                    count += more.count
                    connection.pause(milliseconds: 20)
                }
                return count
            }
            #expect(slow >= TestServer.large)
        }
    }
}

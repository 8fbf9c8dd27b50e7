import NIOCore
import TestSupport
import Testing

@testable import HTTPConnections

@Suite("How many connections there may be", .holdsLedgers, .serialized)
struct BoundsTests {
    private static func get(_ path: String) -> String { "GET \(path) HTTP/1.1\r\nHost: x\r\n\r\n" }

    /// What comes back for a request on a connection that stays open.
    private static func ask(_ connection: SocketConnection, _ request: String = TestServer.ok, end: String = "ok") throws -> String {
        connection.send(request)
        return try connection.receive(upTo: end)
    }

    @Test("The least recently active of those that are idle make room, and never one that waits for its answer")
    func idleOnesFirst() async throws {
        var limits = ConnectionLimits(maxConnections: 32)
        limits.minIdleTime = .milliseconds(1)
        try await TestServer.run(limits, isTrusted: true) { server in
            try await onThread {
                let waiting = try (0..<8).map { _ in try server.connect() }
                for connection in waiting { connection.send(Self.get("/wait")) }
                let busy = try server.connect()
                var idle: [SocketConnection] = []
                for _ in 0..<60 {
                    let connection = try server.connect()
                    #expect(try Self.ask(connection).hasPrefix("HTTP/1.1 200"))
                    idle.append(connection)
                    // Recently active, it stays, however many come.
                    #expect(try Self.ask(busy).hasPrefix("HTTP/1.1 200"))
                    #expect(server.registry.count <= 32)
                }
                // The oldest is gone.
                #expect(idle[0].receiveSome().isEmpty)
                server.isReady.set()
                for connection in waiting {
                    #expect(try connection.receive(upTo: "waited").hasPrefix("HTTP/1.1 200"))
                }
            }
        }
    }

    @Test(
        "Those that never send a request, or half of one, keep nobody out",
        arguments: ["", "GET /ok HTTP/1.1\r\n", "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nx"])
    func strangers(_ start: String) async throws {
        var limits = ConnectionLimits(maxConnections: 32)
        limits.minRequestTime = .milliseconds(100)
        try await TestServer.run(limits, isTrusted: true) { server in
            try await onThread {
                // Beyond the bound they wait in the system's queue, as whoever comes after them, until there is room.
                let strangers = try (0..<100).map { _ in try server.connect() }
                for stranger in strangers { stranger.send(start) }
                for _ in 0..<20 {
                    #expect(try Self.ask(server.connect()).hasPrefix("HTTP/1.1 200"))
                }
            }
            #expect(server.bodies.value == 0)
        }
    }

    /// A round a second, each of which makes room for as many as there are places, would take some ten seconds.
    @Test(
        "Room is made when somebody comes, not by and by",
        arguments: ["", "GET /ok HTTP/1.1\r\n", "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nx"])
    func atOnce(_ start: String) async throws {
        try await TestServer.run(ConnectionLimits(maxConnections: 16), isTrusted: true) { server in
            try await onThread {
                let waiting = try server.connect()
                waiting.send(Self.get("/wait"))
                #expect(try Self.ask(server.connect()).hasPrefix("HTTP/1.1 200"))
                let began = ContinuousClock.now
                let strangers = try (0..<150).map { _ in
                    let stranger = try server.connect()
                    stranger.send(start)
                    return stranger
                }
                #expect(try Self.ask(server.connect()).hasPrefix("HTTP/1.1 200"))
                #expect(ContinuousClock.now - began < .seconds(6))
                // Whole requests are answered, whoever comes.
                server.isReady.set()
                #expect(try waiting.receive(upTo: "waited").hasPrefix("HTTP/1.1 200"))
                for stranger in strangers { stranger.leave() }
            }
        }
    }

    @Test("Where all wait for answers, who comes waits too, and is answered when there is room")
    func allBusy() async throws {
        try await TestServer.run(ConnectionLimits(maxConnections: 16), isTrusted: true) { server in
            let waiting = try await onThread {
                let waiting = try (0..<40).map { _ in try server.connect() }
                for connection in waiting { connection.send(Self.get("/wait")) }
                return NonSendable(waiting)
            }
            #expect(try await TestServer.eventually { server.registry.count >= 16 })
            // Some are accepted in one go.
            #expect(server.registry.count < 40)
            server.isReady.set()
            let answers = try await onThread { try waiting.value.map { try $0.receive(upTo: "waited") } }
            #expect(answers.allSatisfy { $0.hasPrefix("HTTP/1.1 200") }, "\(answers)")
        }
    }

    @Test("One peer takes its share and no more, unless it is trusted", arguments: [false, true])
    func peers(_ isTrusted: Bool) async throws {
        var limits = ConnectionLimits(maxConnections: 64)
        limits.maxPerPeer = 4
        limits.minIdleTime = .zero
        try await TestServer.run(limits, isTrusted: isTrusted) { server in
            try await onThread {
                let waiting = try (0..<4).map { _ in try server.connect() }
                for connection in waiting { connection.send(Self.get("/wait")) }
                connectionsSettle()
                let next = try server.connect()
                next.send(TestServer.ok)
                let answer = try next.receive(upTo: "ok")
                // A connection that is refused before its request is read may be reset.
                #expect(isTrusted ? answer.hasPrefix("HTTP/1.1 200") : answer.isEmpty || answer.hasPrefix("HTTP/1.1 503"), "\(answer)")
                server.isReady.set()
                for connection in waiting { #expect(try connection.receive(upTo: "waited").hasPrefix("HTTP/1.1 200")) }
                // Its own idle connections make room for its new ones.
                for _ in 0..<20 { #expect(try Self.ask(server.connect()).hasPrefix("HTTP/1.1 200")) }
            }
        }
    }

    /// Requests that were sent are read.
    private func connectionsSettle() { SocketConnection.pause(milliseconds: 500) }

    @Test("Peers: an IPv4 address, however it is written, and a network of IPv6")
    func peerNames() throws {
        func peer(_ text: String) throws -> ConnectionPeer? { ConnectionPeer(try SocketAddress(ipAddress: text, port: 1)) }
        let (one, mapped, other) = (try peer("192.0.2.1"), try peer("::ffff:192.0.2.1"), try peer("192.0.2.2"))
        #expect(one == mapped && one != other)
        let (host, neighbour, elsewhere) = (try peer("2001:db8::1"), try peer("2001:db8::ffff:1"), try peer("2001:db8:0:1::1"))
        #expect(host == neighbour && host != elsewhere && host != one)
        let local = try SocketAddress(unixDomainSocketPath: "/tmp/x")
        #expect(ConnectionPeer(local) == nil)
    }

    @Test("Descriptors are kept back for files")
    func descriptors() {
        let budget = DescriptorBudget.raised()
        #expect(budget.limit >= 256)
        #expect(budget.maxConnections == budget.limit - DescriptorBudget.reserve)
        #expect(DescriptorBudget(limit: 1024).defaultConnections == 896)
        #expect(DescriptorBudget(limit: 1 << 20).defaultConnections == DescriptorBudget.defaultMaxConnections)
    }
}

/// A value that only one thread at a time uses.
private struct NonSendable<Value>: @unchecked Sendable {
    let value: Value

    init(_ value: Value) { self.value = value }
}

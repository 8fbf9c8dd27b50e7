import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Synchronization
import TestSupport
import Testing

@testable import HTTPConnections

/// A server on a port of its own, of addresses that differ in how they treat what is sent.
struct TestServer: Sendable {
    let port: Int
    let registry: ConnectionRegistry
    /// How many bodies were read to their ends at `/echo`.
    let bodies: Counter
    /// Calls of `/wait` are answered when it is set.
    let isReady: Flag

    final class Counter: Sendable {
        private let count = Atomic<Int>(0)
        var value: Int { count.load(ordering: .relaxed) }
        func add() { count.add(1, ordering: .relaxed) }
    }

    static let large = 4 << 20

    static func run(
        _ limits: ConnectionLimits = ConnectionLimits(), isTrusted: Bool = false,
        _ body: @escaping @Sendable (TestServer) async throws -> Void
    ) async throws {
        let bodies = Counter()
        let isReady = Flag()
        let router = Router()
        router.get("/ok") { _, _ in "ok" }
        router.post("/echo") { request, _ in
            let body = try await request.body.collect(upTo: 1 << 20)
            bodies.add()
            return body
        }
        router.post("/refuse") { _, _ in HTTPResponse.Status.unauthorized }
        router.get("/wait") { _, _ in
            // Until the call is cancelled, at the latest.
            while !isReady.isSet { try await Task.sleep(for: .milliseconds(10)) }
            return "waited"
        }
        router.get("/large") { _, _ in ByteBuffer(repeating: 0x61, count: large) }
        let registry = ConnectionRegistry(limits) { _ in isTrusted }
        let (ports, ready) = AsyncStream.makeStream(of: Int.self)
        let application = Application(
            router: router, server: .bounded(by: registry, maxBodyBytes: 1 << 20),
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0), availableConnectionsDelegate: registry),
            onServerRunning: { channel in ready.yield(channel.localAddress?.port ?? 0) }, logger: LogCapture().quietLogger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await application.run() }
            let port = try #require(await ports.first { _ in true })
            try await body(TestServer(port: port, registry: registry, bodies: bodies, isReady: isReady))
            isReady.set()
            group.cancelAll()
        }
    }

    func connect(receiveBuffer: Int32? = nil) throws -> SocketConnection {
        try SocketConnection(port: port, timeout: 60, receiveBuffer: receiveBuffer)
    }

    /// What comes back for `text`, sent in pieces on a connection of its own, until the server closes it.
    func talk(_ text: String, pieces: Int = .max, isHalfClosed: Bool = false) async throws -> String {
        try await onThread {
            let connection = try connect()
            let bytes = Array(text.utf8)
            for start in stride(from: 0, to: bytes.count, by: min(pieces, bytes.count)) {
                connection.send(Array(bytes[start..<min(bytes.count, start + min(pieces, bytes.count))]))
            }
            if isHalfClosed { connection.endSending() }
            return try connection.receive()
        }
    }

    static let ok = "GET /ok HTTP/1.1\r\nHost: x\r\n\r\n"
    static let last = "GET /ok HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

    /// The statuses of the answers in what came.
    static func statuses(_ text: String) -> [String] { text.matches(of: /HTTP\/1\.1 (\d\d\d)/).map { String($0.1) } }

    /// Until something is so, or for a minute.
    static func eventually(_ condition: @Sendable () -> Bool) async throws -> Bool {
        for _ in 0..<3000 {
            if condition() { return true }
            try await Task.sleep(for: .milliseconds(20))
        }
        return false
    }
}

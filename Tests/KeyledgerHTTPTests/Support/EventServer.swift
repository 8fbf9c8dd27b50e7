import APITestSupport
import Foundation
import Hummingbird
import KeyEvents
import Ledger
import LedgerQueries
import Logging
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing
import Validation

@testable import KeyledgerHTTP
@testable import LedgerAPI

/// A ledger behind a real socket, with the system's clock.
struct EventServer: Sendable {
    let ledger: Ledger
    let port: Int
    /// The secret of a key of the account `operator` with every permission.
    let secret: String
    private let group: ServiceGroup

    static func run(
        _ settings: EventStreamSettings = EventStreamSettings(), _ body: @escaping @Sendable (EventServer) async throws -> Void
    ) async throws {
        try await LedgerSlots.withSlot { try await runInSlot(settings, body) }
    }

    private static func runInSlot(
        _ settings: EventStreamSettings, _ body: @escaping @Sendable (EventServer) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "keyledger-events-" + UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        let ledger = try Ledger.create(at: DataFolder(path: folder.path), prefix: "lhql")
        defer { ledger.close() }
        let made = try await ledger.commands.createKey(CreateKey(name: "admin", permissions: [.admin]), by: .commandLine)
        let secret = try #require(made.secret).reveal()
        let (ports, ready) = AsyncStream.makeStream(of: Int.self)
        let logger = LogCapture().quietLogger
        let application = buildApplication(
            buildRouter(ledger: ledger, eventStreams: settings), port: 0, logger: logger
        ) { _, port in ready.yield(port) }
        let group = ServiceGroup(configuration: .init(services: [application], logger: logger))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            let port = try #require(await ports.first { _ in true })
            try await body(EventServer(ledger: ledger, port: port, secret: secret, group: group))
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    /// Stops the server as SIGTERM does.
    func stop() async { await group.triggerGracefulShutdown() }

    func open(
        _ query: String = "", secret: String? = nil, lastEventID: UInt64? = nil, receiveBuffer: Int32? = nil
    ) async throws -> EventClient {
        let (port, secret) = (port, secret ?? self.secret)
        return try await onThread {
            try EventClient(
                port: port, "/v1/events" + (query.isEmpty ? "" : "?" + query), secret: secret, lastEventID: lastEventID,
                receiveBuffer: receiveBuffer)
        }
    }

    func key(
        _ name: String = "key", account: String = "operator", permissions: [Permission] = [], expiresIn seconds: Int64? = nil
    ) async throws -> (id: KeyID, secret: String) {
        let made = try await ledger.commands.createKey(
            CreateKey(
                name: name, account: AccountID(account), scopes: ["*"], permissions: permissions,
                expiresAt: seconds.map { ledger.time.now.adding(seconds: $0) }), by: .commandLine)
        return (made.outcome.key.state.id, try #require(made.secret).reveal())
    }

    /// About 4 kB in a record: a thousand of them are more than the buffers between two sockets take.
    static let manyScopes = (0..<30).map { String(repeating: "s", count: 120) + "\($0)" }

    /// Records uses, many at a time.
    func use(_ secret: String, times: Int, scopes: [String] = []) async throws {
        for start in stride(from: 0, to: times, by: 500) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in start..<min(times, start + 500) {
                    group.addTask { _ = try await ledger.verifier.verify(secret, AccessCheck(scopes: scopes), actor: .commandLine) }
                }
                try await group.waitForAll()
            }
        }
    }

    /// The positions of the events that `isWanted` picks, from the log itself.
    func positions(from start: UInt64 = 0, _ isWanted: (Event) -> Bool = { _ in true }) throws -> [UInt64] {
        var positions: [UInt64] = []
        try ledger.events.events(from: start, limit: .max) { position, event, _ in if isWanted(event) { positions.append(position) } }
        return positions
    }
}

import APITestSupport
import EventLog
import Foundation
import KeyEvents
import Ledger
import LedgerQueries
import Projections
import Storage
import TestSupport
import Testing

@testable import KeyledgerHTTP
@testable import LedgerAPI

@Suite("Events as a stream")
struct EventStreamTests {
    @Test("It begins with the next event, and says where that is; each event is as in a page")
    func beginning() async throws {
        try await EventServer.run { server in
            let key = try await server.key("first", account: "acme")
            let client = try await server.open()
            #expect(client.status == 200)
            for header in ["content-type: text/event-stream", "cache-control: no-store", "x-accel-buffering: no"] {
                #expect(client.head.lowercased().contains("\r\n" + header), "\(client.head)")
            }
            _ = try await server.ledger.commands.disableKey(key.id, by: .commandLine)
            // The very first block is the event: none is empty before it.
            let block = try #require(try await onThread { try client.next() })
            #expect(block.id == 2 && block.event == "KeyDisabled" && block.json["position"] == .number(2))
            let schema = try #require(OpenAPI.shared.document["components"]?["schemas"]?["Event"])
            #expect(OpenAPI.shared.schemas.findings(block.json, schema).isEmpty)
        }
    }

    @Test("It begins at a position, or behind an event, which goes before the position")
    func places() async throws {
        try await EventServer.run { server in
            for _ in 0..<5 { _ = try await server.key() }
            for (query, last, first) in [
                ("from=0", nil, 0), ("from=3", nil, 3), ("from=0", 3, 4), ("lastEventId=1&from=0", nil, 2), ("lastEventId=1", 2, 3),
            ] as [(String, UInt64?, UInt64)] {
                let client = try await server.open(query, lastEventID: last)
                #expect(try await onThread { try client.nextEvent()?.id } == first, "\(query) \(String(describing: last))")
            }
        }
    }

    private struct Follower: Sendable {
        let query: String
        let isWanted: @Sendable (Event) -> Bool
    }

    @Test("Cut anywhere and connected anew, it leaves nothing out and says nothing twice, while others record")
    func reconnecting() async throws {
        var settings = EventStreamSettings()
        settings.heartbeat = .milliseconds(200)
        try await EventServer.run(settings) { server in
            let seed = printedSeed()
            let (busy, quiet) = (try await server.key("busy"), try await server.key("quiet", account: "acme"))
            let followers = [
                Follower(query: "from=0") { _ in true },
                Follower(query: "from=0&account=acme") { $0.keyID == quiet.id },
                Follower(query: "from=0&keyId=\(quiet.id)") { $0.keyID == quiet.id },
                Follower(query: "from=0&type=KeyEnabled&type=KeyDisabled") { ["KeyEnabled", "KeyDisabled"].contains($0.body.type) },
            ]
            let isRecorded = Flag()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    async let uses: Void = server.use(busy.secret, times: 5000)
                    for _ in 0..<60 {
                        _ = try await server.ledger.commands.disableKey(quiet.id, by: .commandLine)
                        _ = try await server.ledger.commands.enableKey(quiet.id, by: .commandLine)
                    }
                    try await uses
                    isRecorded.set()
                }
                for (number, follower) in followers.enumerated() {
                    group.addTask {
                        let (found, cuts) = try await onThread {
                            try Self.follow(server, follower, seed: seed + UInt64(number), until: isRecorded)
                        }
                        let expected = try server.positions(follower.isWanted)
                        #expect(found == expected, "\(follower.query): \(found.count) instead of \(expected.count)")
                        print("reconnecting: \(found.count) events, \(cuts) cuts, \(follower.query)")
                        #expect(cuts > 1)
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    /// The positions of the events that a client is told which loses its connection again and again.
    private static func follow(
        _ server: EventServer, _ follower: Follower, seed: UInt64, until isRecorded: Flag
    ) throws -> (found: [UInt64], cuts: Int) {
        var random = SplitMix64(seed: seed)
        var (found, last, cuts): ([UInt64], UInt64?, Int) = ([], nil, 0)
        var end: UInt64?
        while true {
            let client = try EventClient(port: server.port, "/v1/events?" + follower.query, secret: server.secret, lastEventID: last)
            try #require(client.status == 200)
            for _ in 0..<random.next() % 60 {
                if end == nil, isRecorded.isSet { end = try server.positions(follower.isWanted).last }
                if let end, found.last == end { return (found, cuts) }
                let block = try #require(try client.next())
                last = block.id ?? last
                guard block.data != nil, let id = block.id else { continue }
                #expect(block.json["position"]?.whole == id)
                found.append(id)
            }
            client.leave()
            cuts += 1
        }
    }

    enum Loss: CaseIterable {
        case revoked, disabled, permission, expired, rotated
    }

    @Test("It ends when its key is no longer let in, and cannot be taken up again", arguments: Loss.allCases)
    func losingTheKey(_ loss: Loss) async throws {
        try await EventServer.run { server in
            let key = try await server.key(account: "acme", permissions: [.logRead])
            let client = try await server.open("from=0", secret: key.secret)
            #expect(try await onThread { try client.nextEvent()?.id } == 1)
            let ledger = server.ledger
            switch loss {
            case .revoked: _ = try await ledger.commands.revokeKey(key.id, by: .commandLine)
            case .disabled: _ = try await ledger.commands.disableKey(key.id, by: .commandLine)
            case .permission: _ = try await ledger.commands.changeKey(key.id, KeyChange(permissions: [.keysRead]), by: .commandLine)
            case .rotated: _ = try await ledger.commands.rotateKey(key.id, olderRetires: .now, by: .commandLine)
            // Only now: on a busy machine it might else have expired before the stream was open.
            case .expired:
                _ = try await ledger.commands.changeKey(
                    key.id, KeyChange(expiry: .at(ledger.time.now.adding(seconds: 10))), by: .commandLine)
            }
            let begin = ContinuousClock.now
            // What was recorded from then on is not told any more; at most what was on its way before.
            var rest = try await onThread { try client.nextEvent() }
            // Until then what happens is told.
            while loss == .expired, rest != nil { rest = try await onThread { try client.nextEvent() } }
            #expect(rest == nil)
            #expect(ContinuousClock.now - begin < .seconds(60))
            let again = try await server.open(secret: key.secret, lastEventID: 1)
            #expect(again.status == (loss == .permission ? 403 : 401))
        }
    }

    @Test("A key of an account hears of its account alone")
    func ofOneAccount() async throws {
        try await EventServer.run { server in
            let reader = try await server.key(account: "acme", permissions: [.logRead])
            let (mine, theirs) = (try await server.key(account: "acme"), try await server.key(account: "other"))
            let client = try await server.open("from=0", secret: reader.secret)
            for _ in 0..<10 {
                _ = try await server.ledger.commands.disableKey(theirs.id, by: .commandLine)
                _ = try await server.ledger.commands.enableKey(theirs.id, by: .commandLine)
            }
            _ = try await server.ledger.commands.disableKey(mine.id, by: .commandLine)
            let ids = try await onThread { try (0..<3).map { _ in try client.nextEvent()?.id } }
            #expect(ids == [1, 2, 24])
            let refused = try await server.open("keyId=\(theirs.id)", secret: reader.secret)
            #expect(refused.status == 404 && refused.rest().contains("UNKNOWN_KEY"))
        }
    }

    @Test("The use of its key is counted, once a stream")
    func counted() async throws {
        try await EventServer.run { server in
            let reader = try await server.key(permissions: [.logRead])
            let clients = [try await server.open(secret: reader.secret), try await server.open(secret: reader.secret)]
            try await Task.sleep(for: .milliseconds(1200))
            // Ends the window.
            _ = try await server.ledger.commands.disableKey(reader.id, by: .commandLine)
            #expect(try server.ledger.keys.usage(of: reader.id, for: .commandLine).usage.counts.uses == 2)
            withExtendedLifetime(clients) {}
        }
    }

    @Test("A server that stops ends its streams, those that nobody reads too")
    func stopping() async throws {
        try await EventServer.run { server in
            let key = try await server.key()
            try await server.use(key.secret, times: 2500, scopes: EventServer.manyScopes)
            let listening = try await server.open()
            let stuck = try await server.open("from=0", receiveBuffer: 4096)
            _ = try await onThread { [try listening.next(), try listening.next()] }
            try await Task.sleep(for: .milliseconds(300))
            let begin = ContinuousClock.now
            await server.stop()
            #expect(try await onThread { try listening.next() } == nil)
            #expect(ContinuousClock.now - begin < .seconds(20))
            withExtendedLifetime(stuck) {}
        }
    }

    /// How much the ledger's file grows by so many changes of a key.
    private static func growth(_ server: EventServer, _ key: KeyID) async throws -> Int {
        let before = server.ledger.health.storage.usedBytes
        for _ in 0..<150 {
            _ = try await server.ledger.commands.disableKey(key, by: .commandLine)
            _ = try await server.ledger.commands.enableKey(key, by: .commandLine)
        }
        return server.ledger.health.storage.usedBytes - before
    }

    @Test("Whoever reads slowly, or not at all, holds nobody up and no view of the ledger")
    func slowReader() async throws {
        var settings = EventStreamSettings()
        // Longer than this takes on any machine: a reader that is cut off would show nothing.
        settings.outputTimeout = .seconds(3600)
        try await EventServer.run(settings) { server in
            let key = try await server.key("x", account: "acme")
            try await server.use(key.secret, times: 2500, scopes: EventServer.manyScopes)
            let client = try await server.open("from=0", receiveBuffer: 4096)
            try await Task.sleep(for: .milliseconds(500))
            // What is being sent is read in short views, which may fall into one of these.
            var free = Int.max
            for _ in 0..<3 { free = min(free, try await Self.growth(server, key.id)) }
            // A view is kept open to show that the growth would be noticed: a process with an open view keeps the pages it shows from
            // being reused.
            let held = try await Self.holdingAView(server) { try await Self.growth(server, key.id) }
            #expect(held > 2 * free, "\(held) bytes while a view is held, \(free) without")
            let expected = try server.positions()
            let found = try await onThread { try expected.map { _ in try client.nextEvent()?.id } }
            #expect(found == expected)
        }
    }

    private static func holdingAView<Result: Sendable>(
        _ server: EventServer, _ body: () async throws -> Result
    ) async throws -> Result {
        let isDone = Flag()
        let reader = server.ledger.reader
        async let holding: Void = onThread {
            try reader.environment.read { transaction in
                _ = try reader.next(transaction)
                while !isDone.isSet { usleep(10_000) }
            }
        }
        try await Task.sleep(for: .milliseconds(100))
        let result: Result
        do {
            result = try await body()
        } catch {
            isDone.set()
            throw error
        }
        isDone.set()
        try await holding
        return result
    }

    @Test("Who takes nothing for too long is cut off, and can go on")
    func outputTimeout() async throws {
        var settings = EventStreamSettings()
        settings.outputTimeout = .milliseconds(500)
        settings.maxStreams = 1
        try await EventServer.run(settings) { server in
            let key = try await server.key()
            try await server.use(key.secret, times: 2500, scopes: EventServer.manyScopes)
            let stuck = try await server.open("from=0", receiveBuffer: 4096)
            let expected = try server.positions()
            // Only one may be open: there is room for another once this one is cut off, however slow the machine is.
            try await Self.openWhenRoom(server).leave()
            var found: [UInt64] = []
            found = try await onThread {
                var found: [UInt64] = []
                do {
                    while found.count < expected.count, let id = try stuck.nextEvent()?.id { found.append(id) }
                    Issue.record("the stream has an end")
                } catch is EventClient.CutOff {}
                return found
            }
            #expect(!found.isEmpty && found.count < expected.count)
            let left = expected.count - found.count
            let client = try await Self.openWhenRoom(server, "from=0", lastEventID: found.last)
            found += try await onThread { try (0..<left).compactMap { _ in try client.nextEvent()?.id } }
            #expect(found == expected)
        }
    }

    /// Opens a stream as soon as there is room for one.
    private static func openWhenRoom(_ server: EventServer, _ query: String = "", lastEventID: UInt64? = nil) async throws -> EventClient {
        let begin = ContinuousClock.now
        while ContinuousClock.now - begin < .seconds(120) {
            let client = try await server.open(query, lastEventID: lastEventID)
            if client.status == 200 { return client }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw EventClient.CutOff()
    }

    @Test("So many at once and no more; whoever leaves makes room at once")
    func room() async throws {
        var settings = EventStreamSettings()
        settings.maxStreams = 3
        settings.maxPerAccount = 2
        // Later than this test would wait.
        settings.heartbeat = .seconds(600)
        try await EventServer.run(settings) { server in
            let key = try await server.key(account: "acme", permissions: [.logRead])
            var clients = [try await server.open(secret: key.secret), try await server.open(secret: key.secret)]
            #expect(clients.allSatisfy { $0.status == 200 })
            let third = try await server.open(secret: key.secret)
            #expect(third.status == 503 && third.head.lowercased().contains("\r\nretry-after: 5"))
            #expect(third.rest().contains("TOO_MANY_STREAMS"))
            clients.append(try await server.open())
            #expect(clients[2].status == 200)
            #expect(try await server.open().status == 503)
            // Not only when a heartbeat finds nobody there.
            clients[0].leave()
            let begin = ContinuousClock.now
            var isOpen = false
            while !isOpen, ContinuousClock.now - begin < .seconds(120) {
                try await Task.sleep(for: .milliseconds(50))
                isOpen = try await server.open().status == 200
            }
            #expect(isOpen)
        }
    }

    @Test("Where nothing passes, it says that it lives, and how far it has read")
    func heartbeats() async throws {
        var settings = EventStreamSettings()
        settings.heartbeat = .milliseconds(300)
        try await EventServer.run(settings) { server in
            let key = try await server.key()
            let client = try await server.open("type=KeyRevoked&from=0")
            let first = try await onThread { [try client.next(), try client.next()] }
            #expect(first == [.init(), .init(id: 1)] || first.first == .init(id: 1), "\(first)")
            try await server.use(key.secret, times: 40)
            let reached = try await onThread {
                while let block = try client.next() { if let id = block.id, id == 41 { return id } }
                return 0
            }
            #expect(reached == 41)
            let again = try await server.open("type=KeyRevoked", lastEventID: reached)
            _ = try await server.ledger.commands.revokeKey(key.id, by: .commandLine)
            #expect(try await onThread { try again.nextEvent()?.id } == 42)
        }
    }

    @Test("A long stretch of which nothing passes is told piece by piece")
    func longStretch() async throws {
        try await EventServer.run { server in
            let key = try await server.key()
            try await server.use(key.secret, times: Int(EventQueries.maxExamined) + 500)
            let client = try await server.open("type=KeyRevoked&from=0")
            #expect(try await onThread { try client.next() } == .init(id: EventQueries.maxExamined - 1))
        }
    }

    @Test("With a time to end at it ends with the first event from then on, and is not begun again")
    func until() async throws {
        try await EventServer.run { server in
            let key = try await server.key()
            try await Task.sleep(for: .milliseconds(20))
            let until = server.ledger.time.now.adding(seconds: 1)
            let client = try await server.open("from=0&until=\(until)")
            #expect(try await onThread { [try client.nextEvent()?.id, try client.nextEvent()?.id] } == [0, 1])
            try await Task.sleep(for: .milliseconds(1200))
            _ = try await server.ledger.commands.disableKey(key.id, by: .commandLine)
            #expect(try await onThread { try client.nextEvent() } == nil)
            #expect(try await server.open("from=0&until=\(until)", lastEventID: 1).status == 204)
        }
    }

    @Test("The connection goes on with other calls when a stream has ended")
    func nextCall() async throws {
        try await EventServer.run { server in
            let until = server.ledger.time.now.adding(seconds: 1)
            let key = try await server.key()
            let client = try await server.open("from=0&until=\(until)")
            try await Task.sleep(for: .milliseconds(1200))
            _ = try await server.ledger.commands.disableKey(key.id, by: .commandLine)
            #expect(
                try await onThread { () -> Bool in
                    while try client.next() != nil {}
                    return true
                })
            let answer = try await onThread { client.ask("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n") }
            #expect(answer.hasPrefix("HTTP/1.1 200"))
        }
    }
}

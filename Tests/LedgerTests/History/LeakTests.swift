import KeyEvents
import TestSupport
import Testing
import Validation

@testable import Ledger
@testable internal import LedgerAudit
@testable internal import LedgerQueries

@Suite("What came of a leaked secret")
struct LeakTests {
    private static let crm = Actor(kind: .key, id: "key_crm")
    private static let shop = Actor(kind: .key, id: "key_shop")

    private static func use(_ ledger: Ledger, _ secret: String, _ actor: Actor, from address: String, _ path: String = "/a") async throws {
        _ = try await ledger.verifier.verify(
            secret, context: UseContext(clientAddress: address, method: "GET", path: path), actor: actor)
    }

    @Test(arguments: [UseRecording.durable, .buffered, .aggregated(window: .seconds(1))])
    func whoUsedItFromWhere(_ recording: UseRecording) async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger(recording) { ledger in
            let key = try await ledger.newKey("Sync", account: .hotel)
            let other = try await ledger.newKey(account: .hotel)
            func pass() async throws {
                home.clock.advance(seconds: 2)
                try await ledger.settle()
            }
            try await Self.use(ledger, key.secret, Self.crm, from: "192.0.2.1")
            try await pass()
            let since = try #require(try ledger.log.lastPosition()) + 1
            for _ in 0..<3 {
                try await Self.use(ledger, key.secret, Self.crm, from: "192.0.2.1")
                try await pass()
            }
            try await Self.use(ledger, key.secret, Self.shop, from: "198.51.100.7", "/b")
            try await Self.use(ledger, other.secret, Self.shop, from: "203.0.113.1")
            try await pass()
            let open = try #require(try ledger.audit.leak(of: key.secret, since: since))
            #expect(open.end == nil && open.status == .active && open.statement.contains("has not ended"))
            let revoked = try await ledger.commands.revokeKey(key.id, reasonCode: "leaked", by: .commandLine)
            try await Self.use(ledger, key.secret, Self.shop, from: "198.51.100.7")
            try await pass()
            let report = try #require(try ledger.audit.leak(of: key.secret, since: since))
            #expect(report.key.state.id == key.id && report.key.name == "Sync" && report.secret.id == 1 && report.status == .revoked)
            #expect(report.uses.map(\.count) == [3, 1])
            #expect(report.uses.map(\.source.actor) == [Self.crm, Self.shop])
            #expect(report.uses.map(\.source.clientAddress) == ["192.0.2.1", "198.51.100.7"])
            #expect(report.uses.map(\.source.path) == ["/a", "/b"] && report.uses.allSatisfy { $0.source.method == "GET" })
            #expect(report.refusals.map(\.source.refusal) == [.revoked] && report.refusals.map(\.count) == [1])
            #expect(report.accepted == 5 && report.acceptedAfterEnd.isEmpty)
            #expect(report.end?.causingEvent?.position == revoked.position && report.end?.causingEvent?.type == "KeyRevoked")
            let last = try #require(report.lastAccepted)
            #expect(last.decidedAtPosition < revoked.position)
            #expect(report.evidence.map(\.causingEvent.position) == [0, last.causingEvent.position, revoked.position])
            #expect(report.statement.hasPrefix("None was accepted after the end at position \(revoked.position)."))
            #expect(try #require(try ledger.audit.leak(of: key.secret, since: 0)).uses.map(\.count) == [4, 1])
        }
    }

    @Test func aSecretOfItsOwnEnd() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let key = try await ledger.newKey()
            try await Self.use(ledger, key.secret, Self.crm, from: "192.0.2.1")
            let second = try #require(
                try await ledger.commands.rotateKey(key.id, olderRetires: .after(.seconds(60)), by: .commandLine).secret
            )
            .reveal()
            home.clock.advance(seconds: 30)
            try await Self.use(ledger, key.secret, Self.crm, from: "192.0.2.1")
            try await Self.use(ledger, second, Self.crm, from: "192.0.2.1")
            home.clock.advance(seconds: 30)
            try await Self.use(ledger, key.secret, Self.crm, from: "192.0.2.1")
            home.clock.advance(seconds: 2)
            try await ledger.settle()
            // Its time came, and is not recorded.
            let report = try #require(try ledger.audit.leak(of: key.secret, since: 0))
            #expect(report.end?.causingEvent == nil && report.end != nil && report.status == .active)
            #expect(report.accepted == 2 && report.refusals.map(\.count) == [1] && report.acceptedAfterEnd.isEmpty)
            #expect(try #require(try ledger.audit.leak(of: second, since: 0)).accepted == 1)
            // Even when so many followed that the state has forgotten it.
            for _ in 0..<KeyState.maxRetiredSecrets + 2 {
                _ = try await ledger.commands.rotateKey(key.id, olderRetires: .now, by: .commandLine)
            }
            let forgotten = try #require(try ledger.audit.leak(of: key.secret, since: 0))
            #expect(
                forgotten.accepted == 2 && forgotten.end?.causingEvent?.type == "SecretRetired" && forgotten.refusals.map(\.count) == [1])
        }
    }

    @Test func anAcceptanceAfterTheEndIsFound() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let key = try await ledger.newKey(expiresAt: home.clock.now.adding(seconds: 60))
            func append(_ position: UInt64, after seconds: Int64) throws -> UInt64 {
                let use = Event.Use(secretID: 1, decidedAtPosition: position, decidedAt: home.clock.now.adding(seconds: seconds))
                return try LedgerBeside(ledger).append([
                    Event(keyID: key.id, accountID: .operator, actor: .commandLine, body: .used(use))
                ])
            }
            let late = try append(0, after: 60)
            #expect(try ledger.audit.leak(of: key.secret, since: 0)?.acceptedAfterEnd == [late])
            let revoked = try await ledger.commands.revokeKey(key.id, by: .commandLine)
            // Recorded after the end and decided before it: so do windows and buffers.
            _ = try append(revoked.position - 1, after: 0)
            let wrong = try append(revoked.position, after: 0)
            let report = try #require(try ledger.audit.leak(of: key.secret, since: 9999))
            #expect(report.acceptedAfterEnd == [late, wrong] && report.uses.isEmpty)
            #expect(report.statement.contains("That must not be"))
        }
    }

    @Test func nobodysSecretIsTold() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let key = try await ledger.newKey()
            #expect(try ledger.audit.leak(of: String(key.secret.dropLast()), since: 0) == nil)
            #expect(try ledger.audit.leak(of: "", since: 0) == nil)
        }
    }
}

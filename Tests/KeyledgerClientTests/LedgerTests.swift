import Foundation
import Hummingbird
import KeyEvents
import KeyledgerClient
import KeyledgerHTTP
import KeyledgerInProcess
import Ledger
import LedgerAPI
import LedgerQueries
import Logging
import TestSupport
import Testing

@Suite("A real ledger says the same in process and over HTTP", .holdsLedgers)
struct LedgerTests {
    private struct Stage: Sendable {
        let ledger: Ledger
        let inProcess: InProcessVerifier
        let client: KeyledgerClient
        /// A client whose key lacks the permission `verify`.
        let weakClient: KeyledgerClient
    }

    private static func key(
        _ ledger: Ledger, environment: String = "live", scopes: [String] = [], permissions: [Permission] = [],
        expiresAt: Timestamp? = nil
    ) async throws -> (id: KeyID, key: APIKey) {
        let made = try await ledger.commands.createKey(
            CreateKey(
                name: "sync", environment: environment, scopes: scopes, permissions: permissions, metadata: ["system": "pms"],
                expiresAt: expiresAt), by: .commandLine)
        return (made.outcome.key.state.id, APIKey(try #require(made.secret).reveal()))
    }

    private static func run(_ body: @escaping @Sendable (Stage) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "keyledger-client-" + UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        let ledger = try Ledger.create(at: DataFolder(path: folder.path), prefix: "lhql")
        defer { ledger.close() }
        let (service, weak) = (try await key(ledger, permissions: [.verify]).key, try await key(ledger).key)
        let (ports, ready) = AsyncStream.makeStream(of: Int.self)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let application = buildApplication(buildRouter(ledger: ledger), port: 0, logger: logger) { _, port in ready.yield(port) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await application.run() }
            let address = "http://127.0.0.1:\(try #require(await ports.first { _ in true }))"
            var options = KeyledgerClient.Options()
            options.totalTimeout = .seconds(60)
            let client = try KeyledgerClient(address: address, serviceKey: service, options: options)
            let weakClient = try KeyledgerClient(address: address, serviceKey: weak, options: options)
            do {
                try await body(
                    Stage(ledger: ledger, inProcess: InProcessVerifier(ledger), client: client, weakClient: weakClient))
            } catch {
                Issue.record(error)
            }
            try await client.shutdown()
            try await weakClient.shutdown()
            group.cancelAll()
        }
    }

    @Test("Every verdict, field for field")
    func verdicts() async throws {
        try await Self.run { stage in
            let good = try await Self.key(stage.ledger, scopes: ["listings:read"], expiresAt: stage.ledger.time.now.adding(seconds: 3600))
            let revoked = try await Self.key(stage.ledger)
            _ = try await stage.ledger.commands.revokeKey(revoked.id, by: .commandLine)
            let disabled = try await Self.key(stage.ledger)
            _ = try await stage.ledger.commands.disableKey(disabled.id, by: .commandLine)
            let test = try await Self.key(stage.ledger, environment: "test")
            let unknown = "lhql_live_" + String(repeating: "0", count: 49)
            let questions: [(VerificationRequest, KeyVerdict.Code)] = [
                (VerificationRequest(key: good.key, scopes: ["listings:read"]), .valid),
                (VerificationRequest(key: good.key, scopes: ["listings:write"]), .insufficientScope),
                (VerificationRequest(key: good.key, environment: "test"), .notFound), (VerificationRequest(key: test.key), .notFound),
                (VerificationRequest(key: test.key, environment: "test"), .valid),
                (VerificationRequest(key: test.key, environment: nil), .valid),
                (VerificationRequest(key: revoked.key), .revoked), (VerificationRequest(key: disabled.key), .disabled),
                (VerificationRequest(key: APIKey(unknown)), .malformed), (VerificationRequest(key: APIKey("")), .malformed),
            ]
            for (verification, code) in questions {
                var verification = verification
                verification.isDryRun = true
                let (near, far) = (try await stage.inProcess.verify(verification), try await stage.client.verify(verification))
                #expect(near.code == code && far.code == code, "\(near) \(far)")
                #expect(near.isValid == (code == .valid) && near.isValid == far.isValid && near.message == far.message)
                #expect(near.key?.id == far.key?.id && near.key?.scopes == far.key?.scopes && near.key?.metadata == far.key?.metadata)
                #expect(abs((near.key?.expiresAt ?? .distantPast).timeIntervalSince(far.key?.expiresAt ?? .distantPast)) < 0.001)
            }
        }
    }

    @Test("A use is counted once, a dry run not")
    func counting() async throws {
        try await Self.run { stage in
            let good = try await Self.key(stage.ledger)
            for verifier in [stage.inProcess, stage.client] as [any KeyVerifier] {
                _ = try await verifier.verify(VerificationRequest(key: good.key))
                _ = try await verifier.verify(VerificationRequest(key: good.key, isDryRun: true))
            }
            var uses = 0
            try stage.ledger.events.events(of: good.id, from: 0, limit: .max) { _, event, _ in if case .used = event.body { uses += 1 } }
            #expect(uses == 2)
        }
    }

    @Test("What cannot be asked, and who may not ask")
    func errors() async throws {
        try await Self.run { stage in
            let good = try await Self.key(stage.ledger)
            for verifier in [stage.inProcess, stage.client] as [any KeyVerifier] {
                let error = await #expect(throws: VerificationError.self) {
                    _ = try await verifier.verify(VerificationRequest(key: good.key, scopes: ["no scope at all"]))
                }
                #expect(error?.code == .questionRefused)
            }
            let error = await #expect(throws: VerificationError.self) {
                _ = try await stage.weakClient.verify(VerificationRequest(key: good.key))
            }
            #expect(error?.code == .serviceKeyRefused)
            stage.ledger.close()
            for verifier in [stage.inProcess, stage.client] as [any KeyVerifier] {
                let error = await #expect(throws: VerificationError.self) {
                    _ = try await verifier.verify(VerificationRequest(key: good.key))
                }
                #expect(error?.code == .unavailable && error?.isOutage == true)
            }
        }
    }

    @Test("A folder without a ledger is refused")
    func noLedger() {
        #expect(throws: LedgerError.self) { try InProcessVerifier(dataFolder: "/nowhere/at/all") { _ in } }
    }
}

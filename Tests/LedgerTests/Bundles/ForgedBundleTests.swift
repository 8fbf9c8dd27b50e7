import EventLog
import Foundation
import KeyEvents
import TestSupport
import Testing

@testable import Ledger
@testable internal import LedgerAudit

/// The golden vectors of `Schemas/vectors/forged`: rightly hashed and signed, so that nothing but the rule shows what is wrong. Made by
/// `tools/checks/forged-logs`, which holds the other verifier against them.
@Suite("A log in which a rule is broken was not written by the service, whoever signed it")
struct ForgedBundleTests {
    struct Vector: Decodable, Sendable, CustomTestStringConvertible {
        let file: String
        let kind: String
        let isSound: Bool
        let rule: String
        let position: UInt64?

        var testDescription: String { file }
    }

    private struct Manifest: Decodable {
        let verifierKey: String
        let vectors: [Vector]
    }

    private static let folder = Repository.file("Schemas/vectors/forged")

    private static func manifest() throws -> Manifest {
        try JSONDecoder().decode(Manifest.self, from: Data(contentsOf: folder.appendingPathComponent("manifest.json")))
    }

    /// Each bundle is verified by the trusted key, and by the one that it names itself; both have signed it.
    @Test func everyForgedBundleIsFoundWhereItIsAndEveryHonestOneIsSound() throws {
        let manifest = try Self.manifest()
        #expect(manifest.vectors.count { !$0.isSound } > 80 && manifest.vectors.count(where: \.isSound) > 10)
        let verifier = try #require(NoteVerifier(manifest.verifierKey))
        for vector in manifest.vectors {
            for verifier in [verifier, nil] {
                let outcome = try BundleVerification(verifier: verifier).run(file: Self.folder.path + "/" + vector.file)
                let expected = vector.isSound ? [] : [vector.position]
                #expect(outcome.findings.map(\.position) == expected, "\(vector.file), \(vector.rule): \(outcome.findings)")
            }
        }
    }

    @Test func noForgedBundleBecomesALedgerAndNothingOfItIsLeft() throws {
        let manifest = try Self.manifest()
        for vector in manifest.vectors where vector.kind == "whole" {
            let home = TestHome(seed: 1)
            let result = Result {
                try Ledger.importBundle(Self.folder.path + "/" + vector.file, to: home.folder, options: home.options(.durable))
            }
            switch result {
            case .success: #expect(vector.isSound, "\(vector.file)")
            case .failure(ImportRefusal.notVerified(let findings)):
                #expect(!vector.isSound && findings.first?.position == vector.position, "\(vector.file): \(findings)")
                #expect(!FileManager.default.fileExists(atPath: home.folder.path), "\(vector.file)")
            case .failure(let error): Issue.record("\(vector.file): \(error)")
            }
        }
    }

    /// The log of a ledger in use is held to the same rules as a bundle of it.
    @Test func theSameIsFoundInALedger() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let key = try await ledger.newKey(account: .hotel, scopes: ["a:read"], expiresAt: home.clock.now.adding(seconds: 86_400))
            home.clock.advance(seconds: 100 * 86_400)
            func use(_ scopes: [String], _ account: AccountID, _ decidedAt: Timestamp) -> Event {
                let use = Event.Use(secretID: 1, scopesAsked: scopes, decidedAtPosition: 0, decidedAt: decidedAt)
                return Event(keyID: key.id, accountID: account, actor: .commandLine, body: .used(use))
            }
            let early = home.clock.now.adding(seconds: -99 * 86_400 - 3600)
            let first = try LedgerBeside(ledger).append([
                use(["a:read"], .hotel, early), use([], .hotel, home.clock.now), use(["b:read"], .hotel, early), use([], .hostel, early),
                use([], .hotel, home.clock.now.adding(seconds: 100 * 86_400)),
            ])
            let findings = Box<Finding>([])
            _ = try LogVerifier(ledger.reader).run(progress: { _ in }, finding: { findings.append($0) })
            #expect(findings.value.map(\.position) == (1...4).map { first + $0 })
            #expect(findings.value.first?.what == "the use was accepted after its key had expired")
        }
    }
}

import Bytes
import EventLog
import Foundation
import KeyEvents
import Storage
import TestSupport
import Testing
import Validation

@testable import Ledger

@Suite(.holdsLedgers) struct CheckpointsTests {
    private let home = TestHome(seed: 51)

    @Test func whatIsSignedIsTheTreeOverAllRecords() async throws {
        try await home.withLedger { ledger in
            #expect(try ledger.log.newestCheckpoint() == nil)
            let empty = try #require(Checkpoint(text: ledger.log.signCheckpoint().text))
            #expect(empty.size == 0 && empty.root == MerkleHash.empty)
            let key = try await ledger.newKey()
            #expect(try await ledger.verify(key.secret) == .valid)
            let note = try ledger.log.signCheckpoint()
            let checkpoint = try #require(Checkpoint(text: note.text))
            let head = try ledger.reader.environment.read { try ledger.reader.treeHead($0) }
            #expect(checkpoint.size == 2 && checkpoint.root == head.root && checkpoint.origin == ledger.log.origin)
            #expect(try ledger.log.logVerifier()?.check(note) == .signed)
            // Nothing has come since.
            #expect(try ledger.log.signCheckpoint() == note)
            #expect(try ledger.log.checkpoints.sizes() == [0, 2])
        }
        // The key is made once, and stays.
        try await home.withLedger { ledger in
            let note = try #require(try ledger.log.newestCheckpoint())
            #expect(try ledger.log.logVerifier()?.check(note) == .signed)
        }
        #expect(home.reports.isEmpty)
    }

    /// A damaged newest checkpoint is told in `/readyz`, from the start on and for as long as it is there.
    @Test func aDamagedNewestCheckpointIsAProblem() async throws {
        try await home.withLedger { ledger in
            _ = try await ledger.newKey()
            try ledger.log.signCheckpoint()
        }
        let file = home.folder.checkpoints + "/00000000000000000001"
        let good = try Data(contentsOf: URL(fileURLWithPath: file))
        try Data("x".utf8).write(to: URL(fileURLWithPath: file))
        try await home.withLedger { ledger in
            #expect(ledger.health.copyProblem == nil && ledger.health.problems == [.checkpoints])
            ledger.signOnSchedule()
            #expect(ledger.health.problems == [.checkpoints])
            try good.write(to: URL(fileURLWithPath: file))
            ledger.signOnSchedule()
            #expect(ledger.health.problems.isEmpty)
        }
    }

    /// The log as it was before, put in the place of what it is now: revocations among it.
    @Test func ofALogThatWasRolledBackNothingIsSigned() async throws {
        let file = URL(fileURLWithPath: home.folder.ledger + "/data.mdb")
        _ = try await home.withLedger { try await $0.newKey() }
        let before = try Data(contentsOf: file)
        try await home.withLedger { ledger in
            _ = try await ledger.newKey()
            try ledger.log.signCheckpoint()
        }
        try before.write(to: file)
        try await home.withLedger { ledger in
            #expect(home.reports.contains { $0.contains("this is an older copy") })
            #expect(throws: LedgerError.self) { try ledger.log.signCheckpoint() }
            // Grown again, with other records.
            try LedgerBeside(ledger).append(
                (0..<3).map { number in
                    Event(
                        keyID: KeyID(Bytes16(high: 7, low: UInt64(number))), accountID: .hotel, actor: .commandLine,
                        body: .created(
                            .init(
                                environment: "live",
                                secret: SecretRecord(id: 1, digest: Digest32([UInt8](repeating: UInt8(number), count: 32))!, hint: "x"),
                                scopes: [], permissions: [], expiresAt: nil)))
                })
            #expect(throws: LedgerError.self) { try ledger.log.signCheckpoint() }
        }
        #expect(home.reports.contains { $0.contains("are not those that were signed") } == false)
        try await home.withLedger { _ in }
        #expect(home.reports.contains { $0.contains("are not those that were signed") })
    }

    @Test func aLostKeyIsNotReplaced() async throws {
        _ = try await home.withLedger { try $0.log.signCheckpoint() }
        try FileManager.default.removeItem(atPath: home.folder.vault + "/log-signing-key")
        try await home.withLedger { ledger in
            _ = try await ledger.newKey()
            #expect(throws: LedgerError.self) { try ledger.log.signCheckpoint() }
            #expect(try ledger.log.logVerifier() == nil)
            #expect(try ledger.log.knownVerifier() != nil)
            #expect(try ledger.log.newestCheckpoint() != nil)
        }
        #expect(!FileManager.default.fileExists(atPath: home.folder.vault + "/log-signing-key"))
    }

    @Test func anotherKeyIsNotTaken() async throws {
        _ = try await home.withLedger { try $0.log.signCheckpoint() }
        let file = home.folder.vault + "/log-signing-key"
        let text = "keyledger log signing key 1\n" + String(repeating: "7", count: 64) + "\n"
        try Data(text.utf8).write(to: URL(fileURLWithPath: file))
        try await home.withLedger { ledger in
            _ = try await ledger.newKey()
            let error = #expect(throws: LedgerError.self) { try ledger.log.signCheckpoint() }
            #expect("\(error!)".contains("is not the one that this log was signed with"))
        }
    }

    @Test func theKeyIsInAFileOfItsOwnThatItsOwnerAloneReads() async throws {
        try await home.withLedger { _ in }
        let attributes = try FileManager.default.attributesOfItem(atPath: home.folder.vault + "/log-signing-key")
        #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
    }

    @Test func aCheckpointIsSignedOnScheduleAndAtTheEnd() async throws {
        var options = home.options(.durable)
        options.checkpointInterval = .seconds(3600)
        let ledger = try Ledger.create(at: home.folder, prefix: "lhql", options: options)
        _ = try await ledger.newKey()
        let maintenance = Task { await ledger.maintenance.run() }
        for _ in 0..<6000 where try ledger.log.newestCheckpoint() == nil { try await Task.sleep(for: .milliseconds(10)) }
        maintenance.cancel()
        await maintenance.value
        #expect(try ledger.log.checkpoints.sizes() == [1])
        _ = try await ledger.newKey()
        ledger.close()
        #expect(try CheckpointFolder(path: home.folder.checkpoints).sizes() == [1, 2])
    }
}

import EventLog
import Foundation
import Glibc
import KeyEvents
import LedgerAudit
import Storage
import TestSupport
import Testing
import Validation

@testable import Ledger

/// A process whose files were replaced by another ledger writes nothing more: neither into its own files, which nobody opens again, nor
/// beside them, where another ledger stands by now.
@Suite struct ReplacedFolderTests {
    private let home = TestHome(seed: 811)
    private var aside: String { home.folder.path + ".aside" }

    private static func isReplaced(_ error: any Error) -> Bool {
        if case .replaced? = error as? LedgerError { true } else { false }
    }

    /// Puts another ledger where the open one stands.
    private func replace() throws {
        try FileManager.default.moveItem(atPath: home.folder.path, toPath: aside)
        try Ledger.create(at: home.folder, prefix: "lhql", options: TestHome(seed: 812).options(.durable)).close()
    }

    /// Makes a key and a checkpoint, and moves the folder away.
    private func keyOfMovedLedger(_ ledger: Ledger) async throws -> (id: KeyID, secret: String) {
        let key = try await ledger.newKey()
        try ledger.log.signCheckpoint()
        try FileManager.default.moveItem(atPath: home.folder.path, toPath: aside)
        ledger.maintenance.watchFiles()
        return key
    }

    @Test func anotherLedgerIsLeftAlone() async throws {
        defer { try? FileManager.default.removeItem(atPath: aside) }
        try await LedgerSlots.withSlot { () async throws -> Void in
            let ledger = try Ledger.create(at: home.folder, prefix: "lhql", options: home.options(.durable))
            let key = try await ledger.newKey()
            let account = try #require(AccountID("later"))
            try replace()
            let before = Set(home.files().map(\.path))
            #expect { _ = try ledger.log.signCheckpoint() } throws: { Self.isReplaced($0) }
            ledger.signOnSchedule()
            await #expect(throws: LedgerError.self) { try await ledger.commands.revokeKey(key.id, by: .commandLine) }
            await #expect(throws: LedgerError.self) {
                try await ledger.commands.createKey(CreateKey(name: "n", account: account), by: .commandLine)
            }
            // Whether the account has a data key to erase would be read in a log that is there no more.
            await #expect { try await ledger.accounts.erasePersonalFields(of: .operator) } throws: { Self.isReplaced($0) }
            ledger.close()
            #expect(Set(home.files().map(\.path)) == before)
        }
        try await home.withLedger { (ledger: Ledger) async throws -> Void in
            #expect(ledger.health.recordingProblem == nil)
            let secret = try await ledger.newKey().secret
            #expect(try await ledger.verify(secret) == .valid)
        }
    }

    /// Without the file with the locks, others write as if this process were not there.
    @Test(arguments: [true, false]) func nothingIsWrittenWithoutTheLocks(isReplaced: Bool) async throws {
        try await home.withLedger { (ledger: Ledger) async throws -> Void in
            let (key, other) = (try await ledger.newKey(), try await ledger.newKey())
            let locks = home.folder.ledger + "/lock.mdb"
            try FileManager.default.removeItem(atPath: locks)
            if isReplaced { try Data().write(to: URL(fileURLWithPath: locks)) }
            await #expect { _ = try await ledger.commands.revokeKey(key.id, by: .commandLine) } throws: { Self.isReplaced($0) }
            await #expect { _ = try await ledger.verify(other.secret) } throws: { Self.isReplaced($0) }
            #expect { _ = try ledger.log.signCheckpoint() } throws: { Self.isReplaced($0) }
            ledger.maintenance.watchFiles()
            #expect(throws: LedgerError.self) { _ = try ledger.verifier.evaluate(key.secret) }
        }
    }

    /// Files that are where they were again are the same: nobody has to start anything.
    @Test func itGoesOnOnceTheFilesAreBack() async throws {
        defer { try? FileManager.default.removeItem(atPath: aside) }
        try await home.withLedger { (ledger: Ledger) async throws -> Void in
            let key = try await keyOfMovedLedger(ledger)
            await #expect { _ = try await ledger.verify(key.secret) } throws: { Self.isReplaced($0) }
            #expect(ledger.health.recordingProblem != nil)
            try FileManager.default.moveItem(atPath: aside, toPath: home.folder.path)
            ledger.maintenance.watchFiles()
            #expect(try await ledger.verify(key.secret) == .valid)
            #expect(ledger.health.recordingProblem == nil)
            #expect(home.reports.count == 2 && home.reports[1].contains("in their place again"), "\(home.reports)")
        }
    }

    /// What was signed meanwhile counts.
    @Test func itDoesNotGoOnWhereMoreWasSigned() async throws {
        defer { try? FileManager.default.removeItem(atPath: aside) }
        try await home.withLedger { (ledger: Ledger) async throws -> Void in
            let key = try await keyOfMovedLedger(ledger)
            let name = aside + "/checkpoints/" + String(repeating: "0", count: 17) + "999"
            try Data("x".utf8).write(to: URL(fileURLWithPath: name))
            try FileManager.default.moveItem(atPath: aside, toPath: home.folder.path)
            ledger.maintenance.watchFiles()
            ledger.maintenance.watchFiles()
            await #expect(throws: LedgerError.self) { _ = try await ledger.verify(key.secret) }
            guard case .olderCopy? = ledger.health.copyProblem else { return #expect(Bool(false)) }
        }
    }

    /// The log itself, or the locks, cut short by another program: an error, not the end of the process, and no verdict.
    @Test(arguments: ["data.mdb", "lock.mdb"]) func filesThatAreCutShortAreRefused(_ file: String) async throws {
        try await home.withLedger { (ledger: Ledger) async throws -> Void in
            let key = try await ledger.newKey()
            #expect(try await ledger.verify(key.secret) == .valid)
            #expect(unsafe truncate(home.folder.ledger + "/" + file, 0) == 0)
            await #expect(throws: LedgerError.self) { _ = try await ledger.verify(key.secret) }
            ledger.maintenance.watchFiles()
            await #expect(throws: LedgerError.self) { _ = try await ledger.verify(key.secret) }
            guard case .changedByOthers? = ledger.health.recordingProblem else { return #expect(Bool(false)) }
            await #expect(throws: (any Error).self) { _ = try await ledger.commands.revokeKey(key.id, by: .commandLine) }
            ledger.maintenance.watchFiles()
            #expect(home.reports.count { $0.contains("cut short") } == 1, "\(home.reports)")
        }
    }

    /// A wait for more records ends with an error.
    @Test func aFollowerIsTold() async throws {
        defer { try? FileManager.default.removeItem(atPath: aside) }
        try await home.withLedger { (ledger: Ledger) async throws -> Void in
            let next = try ledger.log.lastPosition().map { $0 + 1 } ?? 0
            let waiting = Task { try await ledger.log.waitForMore(than: next) }
            try replace()
            await #expect { _ = try await waiting.value } throws: { Self.isReplaced($0) }
        }
    }

    /// A fork would name a checkpoint that is none of the log that it leaves, and nobody could verify the log again.
    @Test func foreignCheckpointsAreNotForkedFrom() async throws {
        let foreign = TestHome(seed: 813)
        let name = try await foreign.withLedger { ledger in
            _ = try await ledger.newKey()
            _ = try ledger.log.signCheckpoint()
            return try #require(FileManager.default.contentsOfDirectory(atPath: ledger.folder.checkpoints).first { $0.utf8.count == 20 })
        }
        let key = try await home.withLedger { try await $0.newKey() }
        let stray = home.folder.checkpoints + "/" + name
        try FileManager.default.copyItem(atPath: foreign.folder.checkpoints + "/" + name, toPath: stray)
        try await home.withLedger { (ledger: Ledger) async throws -> Void in
            let problem = try #require(ledger.health.recordingProblem)
            #expect("\(problem)".contains("move it away"))
            await #expect(throws: ForkRefusal.self) { try await ledger.bundles.fork() }
        }
        try FileManager.default.removeItem(atPath: stray)
        try await home.withLedger { (ledger: Ledger) async throws -> Void in
            #expect(ledger.health.recordingProblem == nil)
            #expect(try await ledger.verify(key.secret) == .valid)
        }
    }
}

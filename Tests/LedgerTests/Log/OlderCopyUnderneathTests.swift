import EventLog
import Foundation
import KeyEvents
import TestSupport
import Testing
import Validation

@testable import Ledger

/// An older copy of the log, or a copy that went another way, that is put under a running process lets no revoked key in: neither in that
/// process, nor in the next one that opens the folder.
@Suite struct OlderCopyUnderneathTests {
    /// How the copy is put in the place of the open files.
    enum Way: CaseIterable {
        /// The data alone, as `cp` does: into the open file.
        case data
        /// The data and the locks, as `rsync --inplace` does.
        case dataAndLocks
        /// The data as another file under the same name, as `mv` does.
        case otherFile
    }

    private let home = TestHome(seed: 821)
    private var copy: String { home.folder.path + ".copy" }

    private func put(_ way: Way) throws {
        for file in way == .dataAndLocks ? ["data.mdb", "lock.mdb"] : ["data.mdb"] {
            let (from, to) = (copy + "/ledger/" + file, home.folder.ledger + "/" + file)
            if way == .otherFile {
                try FileManager.default.removeItem(atPath: to)
                try FileManager.default.copyItem(atPath: from, toPath: to)
            } else {
                let handle = try #require(FileHandle(forWritingAtPath: to))
                try handle.write(contentsOf: try Data(contentsOf: URL(fileURLWithPath: from)))
                try handle.close()
            }
        }
    }

    /// Appends to the copy, so that it has as many records, or more, as the log that goes on.
    private func goOnWithCopy(records: Int) async throws {
        guard records > 0 else { return }
        let other = try await home.onceReleased { try Ledger.open(DataFolder(path: copy), options: home.options(.durable)) }
        for _ in 0..<records { _ = try await other.newKey() }
        other.close()
    }

    @Test(arguments: Way.allCases, [0, 1, 2, 7]) func noRevokedKeyIsLetIn(_ way: Way, recordsOfCopy: Int) async throws {
        defer { try? FileManager.default.removeItem(atPath: copy) }
        let key = try await home.withLedger { (ledger: Ledger) async throws in
            let key = try await ledger.newKey()
            _ = try ledger.log.signCheckpoint()
            try FileManager.default.copyItem(atPath: home.folder.path, toPath: copy)
            return key
        }
        try await goOnWithCopy(records: recordsOfCopy)
        let size = try await home.withLedger { (ledger: Ledger) async throws in
            // The process that serves signs at its start.
            ledger.signOnSchedule()
            _ = try await ledger.commands.revokeKey(key.id, by: .commandLine)
            #expect(try await ledger.verify(key.secret) == .revoked)
            ledger.maintenance.watchFiles()
            let size = try #require(ledger.continuity.head).size
            try put(way)
            ledger.maintenance.watchFiles()
            await #expect(throws: (any Error).self) { _ = try await ledger.verify(key.secret) }
            #expect(throws: (any Error).self) { _ = try ledger.verifier.evaluate(key.secret) }
            await #expect(throws: (any Error).self) { _ = try await ledger.newKey() }
            #expect(ledger.health.recordingProblem != nil)
            #expect(home.reports.count { $0.contains("validated") } == 1, "\(home.reports)")
            return size
        }
        // What stands in the folder now is none that a process may rely on either.
        try await home.withLedger { (ledger: Ledger) async throws in
            #expect(try ledger.log.checkpoints.sizes().last == size)
            await #expect(throws: LedgerError.self) { _ = try await ledger.verify(key.secret) }
            #expect(ledger.health.copyProblem != nil)
        }
    }

    /// Nothing is appended to a copy that went another way, even before anybody has looked at the files.
    @Test func nothingIsAppendedToACopy() async throws {
        defer { try? FileManager.default.removeItem(atPath: copy) }
        let key = try await home.withLedger { (ledger: Ledger) async throws in
            let key = try await ledger.newKey()
            try FileManager.default.copyItem(atPath: home.folder.path, toPath: copy)
            return key
        }
        try await goOnWithCopy(records: 3)
        let before = try Data(contentsOf: URL(fileURLWithPath: copy + "/ledger/data.mdb"))
        try await home.withLedger { (ledger: Ledger) async throws in
            _ = try await ledger.commands.revokeKey(key.id, by: .commandLine)
            try put(.data)
            await #expect(throws: (any Error).self) { _ = try await ledger.newKey() }
            await #expect(throws: (any Error).self) { _ = try await ledger.verify(key.secret) }
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: home.folder.ledger + "/data.mdb")) == before)
    }

    /// A verdict from a log that has fewer records than were seen suspends the ledger at once.
    @Test func aShorterLogGivesNoVerdict() async throws {
        defer { try? FileManager.default.removeItem(atPath: copy) }
        try await home.withLedger { (ledger: Ledger) async throws in
            let key = try await ledger.newKey()
            try FileManager.default.copyItem(atPath: home.folder.path, toPath: copy)
            _ = try await ledger.commands.revokeKey(key.id, by: .commandLine)
            try put(.dataAndLocks)
            #expect(throws: LedgerError.self) { _ = try ledger.verifier.evaluate(key.secret) }
            #expect(ledger.standing.problem != nil)
        }
    }

    /// Records that other processes append are a continuation.
    @Test func othersMayAppend() async throws {
        try await home.withLedger { (ledger: Ledger) async throws in
            let beside = LedgerBeside(ledger)
            for round in 0..<5 {
                let key = try await ledger.newKey()
                for index in 0..<round { try beside.change(key.id, KeyChange(scopes: ["a:\(index)"])) }
                ledger.maintenance.watchFiles()
                #expect(try await ledger.verify(key.secret) == .valid)
            }
            #expect(ledger.standing.problem == nil && home.reports.isEmpty, "\(home.reports)")
        }
    }
}

import Bytes
import EventLog
import Foundation
import Glibc
import KeyEvents
import Projections
import Storage
import Synchronization
import TestSupport
import Testing
import Validation

@testable import Ledger

@Suite struct FormatTests {
    /// What a later version needs may be what ends a key: a log that names it is refused, and its files are left as they are.
    @Test func aLogThatNeedsWhatIsNotKnownIsNotTouched() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            _ = try await ledger.newKey()
            try ledger.change { try LogMeta.require(["quotas"], ledger.reader.tables, &$0) }
        }
        let before = home.files().map { "\($0.path) \($0.bytes.hashValue)" }.sorted()
        await #expect(throws: LogError.unknownFeatures(["quotas"])) { _ = try await home.open() }
        #expect(throws: LedgerError.self) { _ = try Ledger.create(at: home.folder, prefix: "lhql", options: home.options(.durable)) }
        let after = home.files().map { "\($0.path) \($0.bytes.hashValue)" }.sorted()
        #expect(
            before.filter { !$0.contains("lock.mdb") && !$0.contains("turn") }
                == after.filter { !$0.contains("lock.mdb") && !$0.contains("turn") })
    }

    /// Another process, of a newer version, begins to use it while this one has the ledger open.
    @Test func anOpenLedgerNoticesToo() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let key = try await ledger.newKey()
            try ledger.change { try LogMeta.require(["quotas"], ledger.reader.tables, &$0) }
            await #expect(throws: LogError.unknownFeatures(["quotas"])) { try await ledger.verify(key.secret) }
            await #expect(throws: LogError.unknownFeatures(["quotas"])) { try await ledger.newKey() }
        }
    }

    /// In the records themselves, as an import meets it.
    @Test func aRecordThatNamesWhatIsNotKnownStopsWhoReadsIt() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let key = try await ledger.newKey()
            try LedgerBeside(ledger).append([
                Event(keyID: key.id, accountID: .operator, actor: .commandLine, requires: ["quotas"], body: .disabled)
            ])
            #expect(throws: LogError.unknownFeatures(["quotas"])) { try ledger.views.catchUp() }
            await #expect(throws: LogError.unknownFeatures(["quotas"])) {
                _ = try await ledger.maintenance.replay(isCheck: false) { _, _ in }
            }
        }
    }

    /// A ledger of format 1, as every version before this one made it: rows without checks. Nothing is lost.
    @Test func aLedgerOfFormatOneIsTakenOn() async throws {
        let home = TestHome(seed: printedSeed())
        let (good, ended, events) = try await home.withLedger { ledger in
            let (good, ended) = (try await ledger.newKey("good"), try await ledger.newKey("ended"))
            _ = try await ledger.commands.revokeKey(ended.id, by: .commandLine, commandID: "stop")
            try ledger.log.signCheckpoint()
            return (good, ended, try ledger.log().map(\.event))
        }
        try home.makeFormatOne()
        for _ in 0..<2 {
            try await home.withLedger { (ledger: Ledger) async throws -> Void in
                #expect(try await ledger.verify(good.secret) == .valid)
                #expect(try await ledger.verify(ended.secret) == .revoked)
                let found = try ledger.log().prefix(events.count).map(\.event)
                #expect(found == events)
                #expect(try await ledger.commands.revokeKey(ended.id, by: .commandLine, commandID: "stop").isRepeat)
                let damaged = try ledger.environment.read { try ledger.reader.damagedMeta($0) }
                #expect(damaged.isEmpty)
                #expect(ledger.health.recordingProblem == nil)
            }
        }
        #expect(try LogMeta.identity(path: home.folder.ledger)?.format == LogMeta.currentFormat)
    }

    /// A ledger of format 2, whose programs know nothing of what accounts have: it is counted, and they refuse it from then on.
    @Test func aLedgerOfFormatTwoIsTakenOn() async throws {
        let home = TestHome(seed: printedSeed())
        let key = try await home.withLedger { ledger in
            let key = try await ledger.newKey(account: .hotel)
            try ledger.change { transaction in
                try LogMeta.format.set(UInt32(2).bigEndianBytes, ledger.reader.tables, &transaction)
                try LogMeta.stateVersion.set(UInt32(5).bigEndianBytes, ledger.reader.tables, &transaction)
                for set in [0, 1] { try transaction.clear(ledger.stateTables.sets[set].standings) }
            }
            return key
        }
        try await home.withLedger { (ledger: Ledger) async throws -> Void in
            #expect(try await ledger.verify(key.secret) == .valid)
            #expect(try ledger.accounts.accountStanding(.hotel, for: .commandLine).keys == 1)
            #expect(try await ledger.maintenance.replay(isCheck: true) { _, _ in }.differences.count == 0)
        }
        #expect(try LogMeta.identity(path: home.folder.ledger)?.format == LogMeta.currentFormat)
    }

    /// A program of that time would go on writing rows as it knows them.
    @Test func aLedgerOfFormatOneIsNotTakenOnWhileAnotherHasItOpen() async throws {
        let home = TestHome(seed: printedSeed())
        let key = try await home.withLedger { try await $0.newKey() }
        try home.makeFormatOne()
        let before = home.files().first { $0.path == "ledger/data.mdb" }?.bytes
        let (opened, done) = (home.folder.path + "/opened", home.folder.path + "/done")
        let outcome = Mutex<String?>(nil)
        Thread.detachNewThread {
            for _ in 0..<60_000 where !FileManager.default.fileExists(atPath: opened) { usleep(1_000) }
            var options = home.options(.durable)
            options.takeOnWait = .milliseconds(100)
            let words = Result { try Ledger.open(home.folder, options: options).close() }
            outcome.withLock { $0 = "\(words)" }
            _ = FileManager.default.createFile(atPath: done, contents: nil)
        }
        await #expect(processExitsWith: .success) {
            [path = home.folder.ledger as String, opened = opened as String, done = done as String] in
            // A program of that version has the ledger open in this way.
            let old = try Environment(path: path, tables: LogTables.names)
            try Data("\(getpid())".utf8).write(to: URL(fileURLWithPath: opened), options: .atomic)
            for _ in 0..<60_000 where !FileManager.default.fileExists(atPath: done) { usleep(1_000) }
            withExtendedLifetime(old) {}
        }
        let process = try String(contentsOfFile: opened, encoding: .utf8)
        let words = outcome.withLock { $0 } ?? ""
        #expect(words.contains("in a newer format") && words.contains("process \(process) "), "\(words)")
        for file in [opened, done] { try FileManager.default.removeItem(atPath: file) }
        #expect(home.files().first { $0.path == "ledger/data.mdb" }?.bytes == before)
        try await home.withLedger { (ledger: Ledger) async throws -> Void in #expect(try await ledger.verify(key.secret) == .valid) }
    }
}

extension TestHome {
    /// Takes away what format 2 has and format 1 had not.
    fileprivate func makeFormatOne() throws {
        let environment = try Environment(path: folder.ledger, tables: LogTables.names)
        let tables = LogTables(environment)
        try environment.write { transaction in
            for value in LogMeta.allCases {
                let content = try value.bytes(tables, transaction)
                try transaction.delete(value.copyKey.span, in: tables.meta)
                try transaction.delete(value.key.span, in: tables.meta)
                if let content, value != .lineage, value != .features {
                    let old =
                        switch value {
                        case .format: UInt32(1).bigEndianBytes
                        case .stateVersion: UInt32(3).bigEndianBytes
                        default: content
                        }
                    try transaction.put(value.key, old, in: tables.meta)
                }
            }
            for row in try rows(of: tables.commands, transaction) {
                try transaction.put(row.key, Array(row.value.dropLast(RowCheck.bytes)), in: tables.commands)
            }
        }
    }
}

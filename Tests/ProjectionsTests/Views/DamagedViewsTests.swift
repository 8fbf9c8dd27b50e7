import Bytes
import EventLog
import Foundation
import KeyEvents
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Projections

/// Views are disposable: what cannot be read in them is rebuilt from the log by the next question.
@Suite(.holdsLedgers) struct DamagedViewsTests {
    private enum Damage: CaseIterable {
        case noLMDBFile, progress, mark
        /// Superseded by a generation that is not there, as a power cut may leave it.
        case lostSuccessor
        /// A file where the folder should be.
        case noFolder, noGenerationFolder
    }

    @Test(arguments: Damage.allCases, 0..<4)
    private func whatCannotBeReadIsRebuiltByTheNextQuestion(_ damage: Damage, question number: Int) throws {
        var random = SplitMix64(seed: printedSeed())
        var history = RandomHistory()
        let log = try TestLog(history.events(500, &random))
        try log.views().catchUp()
        let before = try viewsDump(log.viewsPath)
        try Self.damage(damage, log)
        do {
            let views = try log.views()
            let questions: [() throws -> Void] = [
                { try views.catchUp() }, { _ = try views.usage(of: history.keys) }, { _ = try views.secretUses(of: history.keys[0]) },
                { try views.rebuild { _ in } },
            ]
            try questions[number]()
            try views.catchUp()
            #expect(try views.check { _ in }.differences.count == 0)
            #expect(ViewFolder(path: log.viewsPath).numbers().count == 1)
        }
        #expect(try viewsDump(log.viewsPath) == before)
    }

    /// Somebody cuts a file short under the process that has it open, which goes on.
    @Test(arguments: ["data.mdb", "lock.mdb"], 0..<3) func whatIsCutShortIsRebuilt(_ file: String, question number: Int) throws {
        var random = SplitMix64(seed: printedSeed())
        var history = RandomHistory()
        let log = try TestLog(history.events(500, &random))
        do {
            let views = try log.views()
            try views.catchUp()
            let before = try views.usage(of: history.keys)
            for _ in 0..<2 {
                let folder = log.viewsPath + "/" + String(try #require(ViewFolder(path: log.viewsPath).numbers().first))
                #expect(unsafe truncate(folder + "/" + file, 0) == 0)
                let questions: [() throws -> Void] = [
                    { try views.catchUp() }, { _ = try views.usage(of: history.keys) }, { try views.rebuild { _ in } },
                ]
                try questions[number]()
                #expect(try views.usage(of: history.keys) == before)
                #expect(try views.check { _ in }.differences.count == 0)
            }
        }
    }

    /// What is short is not damaged: nothing is thrown away because a process has no descriptor left, or may not read a file.
    @Test(arguments: [EMFILE, ENFILE, ENOMEM, ENOSPC, EACCES, EDQUOT])
    func shortagesAreNoDamage(_ problem: Int32) {
        let error = StorageError(systemError: problem, path: "/views")
        switch error {
        case .shortage, .noSpace, .notPermitted: break
        default: Issue.record("\(error)")
        }
    }

    private static func damage(_ damage: Damage, _ log: TestLog) throws {
        if damage == .noLMDBFile {
            try Data(repeating: 0x55, count: 16_384).write(to: URL(fileURLWithPath: log.viewsPath + "/1/data.mdb"))
            return
        }
        if damage == .noFolder || damage == .noGenerationFolder {
            let path = damage == .noFolder ? log.viewsPath : log.viewsPath + "/1"
            try FileManager.default.removeItem(atPath: path)
            try Data([1, 2, 3]).write(to: URL(fileURLWithPath: path))
            return
        }
        try withGeneration(log.viewsPath) { generation in
            try generation.environment.write { transaction in
                if damage == .lostSuccessor { return try generation.supersede(by: 2, &transaction) }
                let key = damage == .mark ? ViewGeneration.supersededKey : ViewGeneration.progressKey
                try transaction.put(key, [1, 2, 3], in: generation.tables.meta)
            }
        }
    }

    /// Rebuilt from nothing by the next question, also where the folder was open.
    @Test func removedByHandTheyComeBack() throws {
        var random = SplitMix64(seed: printedSeed())
        var history = RandomHistory()
        let log = try TestLog(history.events(300, &random))
        let views = try log.views()
        try views.catchUp()
        let before = try views.usage(of: history.keys)
        try FileManager.default.removeItem(atPath: log.viewsPath)
        #expect(try views.catchUp() == 300)
        #expect(try views.usage(of: history.keys) == before)
        #expect(ViewFolder(path: log.viewsPath).numbers() == [1])
    }

    /// Taken for absent, they would be replaced by what the newest records add up to. Each flipped bit of a figure is noticed.
    @Test(arguments: ["usage", "hours", "days", "history"])
    func damagedRowsAreRebuilt(_ name: String) throws {
        let log = try TestLog()
        let key = KeyID(Bytes16(high: 1, low: 1))
        try log.append([.creation(of: key), .use(of: key, count: 3)])
        try log.views().catchUp()
        let before = try viewsDump(log.viewsPath)
        let row = try #require(before[name]?.first)
        var damaged = row.value
        if name == "history" { damaged.removeLast() } else { damaged[Int.random(in: 0..<damaged.count)] ^= 4 }
        try withGeneration(log.viewsPath) { generation in
            try generation.environment.write { try $0.put(row.key, damaged, in: generation.environment.table(name)) }
        }
        try log.append([.use(of: key, count: 4)])
        let views = try log.views()
        #expect(try views.catchUp() == 3)
        #expect(try views.usage(of: [key])[key]?.counts.uses == 7)
        let hours = try views.buckets(.hour, of: key, from: Timestamp(seconds: 0), to: Timestamp(microseconds: .max), limit: 10)
        #expect(hours.map(\.counts.uses) == [7])
    }

    @Test(arguments: ["usage", "changes"])
    func keysCutShortAreRebuiltAndNoTrap(_ name: String) throws {
        let log = try TestLog()
        try log.append([.creation(of: KeyID(Bytes16(high: 1, low: 1)))])
        try log.views().catchUp()
        try withGeneration(log.viewsPath) { generation in
            try generation.environment.write { try $0.put([255], [1], in: generation.environment.table(name)) }
        }
        let views = try log.views()
        var found: Set<KeyID> = []
        if name == "usage" {
            try views.forEachUsage { key, _, _ in found.insert(key) }
        } else {
            found = Set(try views.changedKeys(from: 0, limit: 10).keys.map(\.key))
        }
        #expect(found == [KeyID(Bytes16(high: 1, low: 1))])
    }

    /// After a new version of the code, everybody finds the views outdated at once; one rebuild is enough.
    @Test func outdatedViewsAreRebuiltOnce() throws {
        var random = SplitMix64(seed: printedSeed())
        var history = RandomHistory()
        let log = try TestLog(history.events(3000, &random))
        let before = try {
            let views = try log.views()
            try views.catchUp()
            return try views.usage(of: history.keys)
        }()
        try withGeneration(log.viewsPath) { generation in
            let progress = try #require(try generation.environment.read { try generation.progress($0) }).encode()
            try generation.environment.write {
                try $0.put(
                    ViewGeneration.progressKey, (ViewProgress.codeVersion - 1).bigEndianBytes + progress.dropFirst(4),
                    in: generation.tables.meta)
            }
        }
        let views = try log.views()
        let group = DispatchGroup()
        for _ in 0..<8 {
            group.enter()
            Thread.detachNewThread {
                do { try views.catchUp() } catch { Issue.record(error) }
                group.leave()
            }
        }
        group.wait()
        #expect(ViewFolder(path: log.viewsPath).numbers() == [2])
        #expect(try views.usage(of: history.keys) == before)
    }

    /// However many keys the log is about, a batch stays within what LMDB takes in a transaction.
    @Test func aBatchEndsWithItsKeys() throws {
        let log = try TestLog()
        let count = ViewBatch.minKeys + 50
        func key(_ number: Int) -> KeyID { KeyID(Bytes16(high: UInt64(number) &* 0x9E37_79B9_7F4A_7C15, low: 1)) }
        try log.append((0..<count).map { .use(of: key($0)) })
        let logID = try log.reader.logID()
        var batch = ViewBatch(from: ViewProgress(logID: logID, next: 0, lastLeaf: nil))
        try batch.read(from: log.reader, limit: ViewBatch.maxRecords)
        #expect(batch.next == UInt64(ViewBatch.minKeys))
        #expect(try batch.lastLeaf == log.environment.read { try log.reader.leaf(at: batch.next - 1, $0) })
        let views = try log.views()
        #expect(try views.catchUp() == UInt64(count))
        var keys = 0
        try views.forEachUsage { _, uses, _ in keys += uses == 1 ? 1 : 0 }
        #expect(keys == count)
    }

    /// Few pages can be dirtied where there are few; where there are many, each key may dirty its own.
    @Test func aBatchIsAboutMoreKeysWhereTablesAreSmall() {
        func keyBudget(_ pages: Int) -> Int {
            ViewBatch.keyBudget([(pages, 1), (pages, 1), (pages, 1), (pages, 1), (pages, 1), (pages, 2)])
        }
        #expect(keyBudget(0) == ViewBatch.maxRecords)
        #expect(keyBudget(10_000_000) == ViewBatch.minKeys)
        var last = Int.max
        for pages in stride(from: 0, through: 200_000, by: 100) {
            let keys = keyBudget(pages)
            #expect(keys <= last && keys >= ViewBatch.minKeys)
            #expect(keys == ViewBatch.minKeys || 5 * min(pages, keys) + min(pages, 2 * keys) < 120_000)
            last = keys
        }
    }
}

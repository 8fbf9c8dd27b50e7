import EventLog
import Foundation
import KeyEvents
import LMDB
import Synchronization
import TestSupport
import Testing

@testable import Projections

/// Views that cannot be read stop nobody, say what mends them, and are mended by it.
@Suite(.holdsLedgers) struct DamagedViewsTests {
    private enum Damage: CaseIterable {
        case noLMDBFile, progress, mark
    }

    @Test(arguments: Damage.allCases)
    private func aRebuildSetsAsideWhatCannotBeRead(_ damage: Damage) throws {
        var random = SplitMix64(seed: printedSeed())
        let log = try TestLog()
        var history = RandomHistory()
        try log.append(history.events(500, &random))
        try log.views().catchUp()
        let before = try viewsDump(log.viewsPath)
        try Self.damage(damage, log)
        do {
            let views = try log.views()
            for question in [
                { try views.catchUp() }, { _ = try views.usage(of: history.keys) }, { _ = try views.check { _ in } },
            ] as [() throws -> Void] {
                // The progress is of no concern to all questions.
                if damage == .progress, (try? question()) != nil { continue }
                let error = #expect(throws: LogError.self) { try question() }
                #expect(error?.description.contains("run keyledger replay") == true)
            }
            try views.rebuild { _ in }
            #expect(try views.check { _ in }.differences.count == 0)
            #expect(ViewFolder(path: log.viewsPath).names().sorted() == ["2", "rebuild.lock"])
        }
        #expect(try viewsDump(log.viewsPath) == before)
    }

    private static func damage(_ damage: Damage, _ log: TestLog) throws {
        if damage == .noLMDBFile {
            try Data(repeating: 0x55, count: 16_384).write(to: URL(fileURLWithPath: log.viewsPath + "/1/data.mdb"))
            return
        }
        try withGeneration(log.viewsPath) { generation in
            try generation.environment.write { transaction in
                let key = damage == .mark ? Generation.supersededKey : Generation.progressKey
                try transaction.put(key, [1, 2, 3], in: generation.tables.meta)
            }
        }
    }

    /// Rebuilt from nothing by the next question, also where the folder was open.
    @Test func removedByHandTheyComeBack() throws {
        var random = SplitMix64(seed: printedSeed())
        let log = try TestLog()
        var history = RandomHistory()
        try log.append(history.events(300, &random))
        let views = try log.views()
        try views.catchUp()
        let before = try views.usage(of: history.keys)
        try FileManager.default.removeItem(atPath: log.viewsPath)
        #expect(try views.catchUp() == 300)
        #expect(try views.usage(of: history.keys) == before)
        #expect(ViewFolder(path: log.viewsPath).numbers() == [1])
    }

    /// Taken for absent, they would be replaced by what the newest records add up to.
    @Test(arguments: ["usage", "hours", "days", "history"])
    func damagedRowsAreNotOverwritten(_ name: String) throws {
        let log = try TestLog()
        let key = KeyID(Bytes16(high: 1, low: 1))
        try log.append([.creation(of: key), .use(of: key, count: 3)])
        try log.views().catchUp()
        let before = try viewsDump(log.viewsPath)
        let row = try #require(before[name]?.first)
        let damaged = Array(row.value.dropLast())
        try withGeneration(log.viewsPath) { generation in
            try generation.environment.write { try $0.put(row.key, damaged, in: generation.environment.table(name)) }
        }
        try log.append([.use(of: key, count: 4)])
        do {
            let views = try log.views()
            let error = #expect(throws: LogError.self) { try views.catchUp() }
            #expect(error?.description.contains("run keyledger replay") == true)
            #expect(try views.position() == 2)
        }
        #expect(try viewsDump(log.viewsPath)[name] == [TableRow(key: row.key, value: damaged)])
        let views = try log.views()
        try views.rebuild { _ in }
        #expect(try views.usage(of: [key])[key]?.counts.uses == 7)
        let hours = try views.buckets(.hour, of: key, from: Timestamp(seconds: 0), to: Timestamp(microseconds: .max), limit: 10)
        #expect(hours.map(\.counts.uses) == [7])
    }

    @Test(arguments: ["usage", "changes"])
    func keysCutShortAreDamageAndNoTrap(_ name: String) throws {
        let log = try TestLog()
        try log.append([.creation(of: KeyID(Bytes16(high: 1, low: 1)))])
        try log.views().catchUp()
        try withGeneration(log.viewsPath) { generation in
            try generation.environment.write { try $0.put([255], [1], in: generation.environment.table(name)) }
        }
        let views = try log.views()
        #expect(throws: LogError.self) {
            if name == "usage" { try views.forEachUsage { _, _, _ in } } else { _ = try views.changedKeys(from: 0, limit: 10) }
        }
    }

    /// After a new version of the code, everybody finds the views outdated at once; one rebuild is enough.
    @Test func outdatedViewsAreRebuiltOnce() throws {
        var random = SplitMix64(seed: printedSeed())
        let log = try TestLog()
        var history = RandomHistory()
        try log.append(history.events(3000, &random))
        let before = try {
            let views = try log.views()
            try views.catchUp()
            return try views.usage(of: history.keys)
        }()
        try withGeneration(log.viewsPath) { generation in
            let progress = try #require(try generation.environment.read { try generation.progress($0) }).encode()
            try generation.environment.write {
                try $0.put(
                    Generation.progressKey, (ViewProgress.codeVersion - 1).bigEndianBytes + progress.dropFirst(4),
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
        let count = ViewBatch.fewestKeys + 50
        func key(_ number: Int) -> KeyID { KeyID(Bytes16(high: UInt64(number) &* 0x9E37_79B9_7F4A_7C15, low: 1)) }
        try log.append((0..<count).map { .use(of: key($0)) })
        let logID = try log.reader.logID()
        var batch = ViewBatch(from: ViewProgress(logID: logID, next: 0, lastLeaf: nil))
        try batch.read(from: log.reader, limit: ViewBatch.largest)
        #expect(batch.next == UInt64(ViewBatch.fewestKeys))
        #expect(try batch.lastLeaf == log.environment.read { try log.reader.leaf(at: batch.next - 1, $0) })
        let views = try log.views()
        #expect(try views.catchUp() == UInt64(count))
        var keys = 0
        try views.forEachUsage { _, uses, _ in keys += uses == 1 ? 1 : 0 }
        #expect(keys == count)
    }

    /// Few pages can be dirtied where there are few; where there are many, each key may dirty its own.
    @Test func aBatchIsAboutMoreKeysWhereTablesAreSmall() {
        func most(_ pages: Int) -> Int { ViewBatch.mostKeys([(pages, 1), (pages, 1), (pages, 1), (pages, 1), (pages, 1), (pages, 2)]) }
        #expect(most(0) == ViewBatch.largest)
        #expect(most(10_000_000) == ViewBatch.fewestKeys)
        var last = Int.max
        for pages in stride(from: 0, through: 200_000, by: 100) {
            let keys = most(pages)
            #expect(keys <= last && keys >= ViewBatch.fewestKeys)
            #expect(keys == ViewBatch.fewestKeys || 5 * min(pages, keys) + min(pages, 2 * keys) < 120_000)
            last = keys
        }
    }
}

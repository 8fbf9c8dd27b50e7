import Bytes
import EventLog
import Foundation
import KeyEvents
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Projections

@Suite(.holdsLedgers) struct ViewsRebuildTests {
    @Test func givesWhatWasThereEntryForEntry() throws {
        var random = SplitMix64(seed: printedSeed())
        let log = try TestLog()
        var history = RandomHistory()
        for _ in 0..<20 {
            try log.append(history.events(50, &random))
            try log.views().catchUp()
        }
        let before = try viewsDump(log.viewsPath)
        do {
            let views = try log.views()
            for _ in 0..<3 { #expect(try views.rebuild { _ in } == 1000) }
            #expect(try views.position() == 1000)
        }
        #expect(try viewsDump(log.viewsPath) == before)
        #expect(ViewFolder(path: log.viewsPath).contents().sorted() == ["4", "rebuild.lock"])
    }

    @Test func whileAppendsAndQuestionsGoOn() throws {
        let random = SplitMix64(seed: printedSeed())
        let log = try TestLog()
        let history = Mutex((RandomHistory(), random))
        try log.append(history.withLock { $0.0.events(1000, &$0.1) })
        let key = history.withLock { $0.0.keys[0] }
        do {
            let views = try log.views()
            try views.catchUp()
            let latest = Atomic<UInt64>(0)
            let others = Repetition(
                pause: .milliseconds(30),
                [
                    { try log.append(history.withLock { $0.0.events(Int.random(in: 1...40, using: &$0.1), &$0.1) }) },
                    {
                        try views.catchUp()
                        // What was counted once is never missing, whichever generation answers.
                        let before = latest.load(ordering: .sequentiallyConsistent)
                        let events = try views.usage(of: [key])[key]?.events ?? 0
                        if events < before { Issue.record("\(events) events after \(before)") }
                        latest.max(events, ordering: .sequentiallyConsistent)
                    },
                ])
            for _ in 0..<8 { try views.rebuild { _ in } }
            let rounds = others.end()
            #expect(rounds > 2)
            try views.catchUp()
        }
        var dump = try viewsDump(log.viewsPath)
        dump["meta"] = nil
        #expect(dump == NaiveViews(try log.events()).tables)
    }

    @Test func deletedTheyComeBackEqual() throws {
        var random = SplitMix64(seed: printedSeed())
        var history = RandomHistory()
        let log = try TestLog(history.events(700, &random))
        try log.views().catchUp()
        let before = try viewsDump(log.viewsPath)
        try FileManager.default.removeItem(atPath: log.viewsPath)
        try log.views().catchUp()
        #expect(try viewsDump(log.viewsPath) == before)
        // Also beneath a process that has them open.
        do {
            let views = try log.views()
            try FileManager.default.removeItem(atPath: log.viewsPath)
            try log.append(history.events(10, &random))
            #expect(try views.catchUp() == 710)
            #expect(try views.usage(of: history.keys).count == history.keys.count)
        }
        try log.views().catchUp()
        var dump = try viewsDump(log.viewsPath)
        dump["meta"] = nil
        #expect(dump == NaiveViews(try log.events()).tables)
    }

    // MARK: Another log beneath

    @Test func anotherLogIsNoticed() throws {
        var random = SplitMix64(seed: printedSeed())
        var history = RandomHistory()
        let log = try TestLog(history.events(300, &random))
        try log.views().catchUp()
        try log.environment.write { try LogMeta.logID.set(Array(repeating: 2, count: 16), log.reader.tables, &$0) }
        try Self.expectRebuilt(log, from: 1)
    }

    @Test func aLogRolledBackIsNoticed() throws {
        var random = SplitMix64(seed: printedSeed())
        var history = RandomHistory()
        let log = try TestLog(history.events(300, &random))
        try log.views().catchUp()
        // Cut off, as by restoring an older backup.
        try log.environment.write { transaction in
            for position in 200..<300 as Range<UInt64> {
                try transaction.delete(position.bigEndianBytes.span, in: log.reader.tables.records)
            }
        }
        try Self.expectRebuilt(log, from: 1)
    }

    @Test func aLogRolledBackAndGrownAgainIsNoticed() throws {
        var random = SplitMix64(seed: printedSeed())
        var history = RandomHistory()
        let log = try TestLog(history.events(300, &random))
        try log.views().catchUp()
        let other = try TestLog()
        var otherHistory = RandomHistory()
        try other.append(otherHistory.events(400, &random))
        // The same log id, as many records and more, but others.
        let records = try other.environment.read { try rows(of: other.reader.tables.records, $0) }
        try log.environment.write { transaction in
            try transaction.clear(log.reader.tables.records)
            for record in records { try transaction.put(record.key, record.value, in: log.reader.tables.records) }
        }
        try Self.expectRebuilt(log, from: 1)
    }

    /// The check must end, and say so, even when nobody has looked at the log since.
    @Test func checkingOverALogThatWasCutEnds() throws {
        var random = SplitMix64(seed: printedSeed())
        var history = RandomHistory()
        let log = try TestLog(history.events(300, &random))
        let views = try log.views()
        try views.catchUp()
        for cut in [150, 0] as [UInt64] {
            try log.environment.write { transaction in
                for position in cut..<300 { try transaction.delete(position.bigEndianBytes.span, in: log.reader.tables.records) }
            }
            #expect(try views.check { _ in }.differences.count > 0)
        }
    }

    private static func expectRebuilt(_ log: TestLog, from number: UInt64) throws {
        let count = UInt64(try log.events().count)
        #expect(try log.views().catchUp() == count)
        #expect(ViewFolder(path: log.viewsPath).numbers() == [number + 1])
        var dump = try viewsDump(log.viewsPath)
        dump["meta"] = nil
        #expect(dump == NaiveViews(try log.events()).tables)
    }

    // MARK: Code of other versions

    @Test func whatOlderCodeFilledIsFilledAnew() throws {
        var random = SplitMix64(seed: printedSeed())
        var history = RandomHistory()
        let log = try TestLog(history.events(300, &random))
        try log.views().catchUp()
        let before = try viewsDump(log.viewsPath)
        try Self.setVersion(ViewProgress.codeVersion - 1, log)
        do {
            let views = try log.views()
            // Whether older code kept the list cannot be told, so it says nothing.
            #expect(try views.changedKeys(from: 3, limit: .max).keys.isEmpty)
            #expect(try views.changedKeys(from: 3, limit: .max).next == 3)
            try views.catchUp()
            #expect(try views.changedKeys(from: 3, limit: .max).next == 300)
        }
        #expect(ViewFolder(path: log.viewsPath).numbers() == [2])
        #expect(try viewsDump(log.viewsPath) == before)
    }

    @Test func whatNewerCodeFilledIsLeftAlone() throws {
        var random = SplitMix64(seed: printedSeed())
        var history = RandomHistory()
        let log = try TestLog(history.events(300, &random))
        try log.views().catchUp()
        let newer = ViewProgress.codeVersion + 1
        try Self.setVersion(newer, log)
        let before = try viewsDump(log.viewsPath)
        try log.append(history.events(10, &random))
        #expect(throws: LogError.newerVersion(found: newer, known: ViewProgress.codeVersion)) { try log.views().catchUp() }
        #expect(try viewsDump(log.viewsPath) == before)
    }

    private static func setVersion(_ version: UInt32, _ log: TestLog) throws {
        try withGeneration(log.viewsPath) { generation in
            let progress = try #require(try generation.environment.read { try generation.progress($0) }).encode()
            try generation.environment.write {
                try $0.put(ViewGeneration.progressKey, version.bigEndianBytes + progress.dropFirst(4), in: generation.tables.meta)
            }
        }
    }

    // MARK: Several at once, and interruptions

    /// Another process rebuilds, once or several times, while this one looks away.
    @Test(arguments: [1, 2, 5])
    func aGenerationSupersededByOthersIsFollowed(_ rebuilds: Int) async throws {
        var random = SplitMix64(seed: printedSeed())
        var history = RandomHistory()
        let log = try TestLog(history.events(300, &random))
        let views = try log.views()
        try Self.catchUp(views)
        let before = try views.usage(of: history.keys)
        await Self.rebuildsElsewhere(log.folder, rebuilds)
        #expect(ViewFolder(path: log.viewsPath).numbers() == [UInt64(rebuilds) + 1])
        #expect(try views.usage(of: history.keys) == before)
        try log.append(history.events(50, &random))
        #expect(try Self.catchUp(views) == 350)
        #expect(try Self.check(views) == 0)
        // And this one's rebuild is followed there.
        await Self.rebuildsElsewhere(log.folder, 1)
        try Self.rebuild(views)
        #expect(try views.position() == 350)
        #expect(ViewFolder(path: log.viewsPath).numbers() == [UInt64(rebuilds) + 3])
    }

    private static func rebuildsElsewhere(_ folder: String, _ count: Int) async {
        await #expect(processExitsWith: .success) { [folder = folder as String, count = count as Int] in
            let log = try TestLog(at: folder)
            for _ in 0..<count { try ViewsRebuildTests.rebuild(try log.views()) }
        }
    }

    private static func rebuild(_ views: Views) throws { try views.rebuild { _ in } }

    @discardableResult
    private static func catchUp(_ views: Views) throws -> UInt64 { try views.catchUp() }

    private static func check(_ views: Views) throws -> Int { try views.check { _ in }.differences.count }

    @Test func leftoversOfAnInterruptedRebuildDoNotDisturb() throws {
        var random = SplitMix64(seed: printedSeed())
        var history = RandomHistory()
        let log = try TestLog(history.events(300, &random))
        try log.views().catchUp()
        let before = try viewsDump(log.viewsPath)
        let folder = ViewFolder(path: log.viewsPath)
        // A next generation half filled, with rubbish in it; one beyond; one whose removal was interrupted.
        try folder.make("2")
        do {
            let next = try ViewGeneration(folder: log.viewsPath, number: 2, isBeingBuilt: true)
            try next.environment.write { transaction in
                for name in ViewTables.compared { try transaction.put([1, 2, 3], [4], in: next.environment.table(name)) }
            }
        }
        for name in ["3", ".removed-1", ".removed-2"] {
            try folder.make(name)
            try Data([1, 2, 3]).write(to: URL(filePath: log.viewsPath + "/" + name + "/data.mdb"))
        }
        #expect(try log.views().catchUp() == 300)
        #expect(try viewsDump(log.viewsPath) == before)
        do {
            let views = try log.views()
            #expect(try views.check { _ in }.differences.count == 0)
            try views.rebuild { _ in }
        }
        #expect(try viewsDump(log.viewsPath) == before)
        #expect(folder.contents().sorted() == ["2", "rebuild.lock"])
    }

    /// Superseded, but the old folder still stands: the process died before it could remove it.
    @Test func anOldFolderThatWasNotRemovedIsPassedOver() throws {
        var random = SplitMix64(seed: printedSeed())
        var history = RandomHistory()
        let log = try TestLog(history.events(300, &random))
        try log.views().catchUp()
        let before = try viewsDump(log.viewsPath)
        try FileManager.default.copyItem(atPath: log.viewsPath + "/1", toPath: log.folder + "/old")
        try log.views().rebuild { _ in }
        try FileManager.default.copyItem(atPath: log.folder + "/old", toPath: log.viewsPath + "/1")
        do {
            let old = try ViewGeneration(folder: log.viewsPath, number: 1)
            try old.environment.write { try old.supersede(by: 2, &$0) }
        }
        do {
            let views = try log.views()
            #expect(try views.catchUp() == 300)
            try views.rebuild { _ in }
        }
        #expect(try viewsDump(log.viewsPath) == before)
        #expect(ViewFolder(path: log.viewsPath).numbers() == [3])
    }
}

import Bytes
import EventLog
import KeyEvents
import Storage
import TestSupport
import Testing

@testable import Projections

@Suite(.holdsLedgers) struct ViewsTests {
    /// Entry for entry the fold of the log, however the reading was cut.
    @Test func equalTheFoldHoweverTheyWereRead() throws {
        var random = SplitMix64(seed: printedSeed())
        for bits in [3, 5, 8, 19] {
            let log = try TestLog(snapshotBits: bits)
            var history = RandomHistory()
            do {
                let often = try log.views("often")
                let sometimes = try log.views("sometimes")
                for _ in 0..<60 {
                    try log.append(history.events(Int.random(in: 1...40, using: &random), &random))
                    try often.catchUp()
                    if random.chance(10) { try sometimes.catchUp() }
                }
                try sometimes.catchUp()
                #expect(try log.views("once").catchUp() == UInt64(try log.events().count))
                try Self.readInPieces(log, "pieces", &random)
            }
            let expected = NaiveViews(try log.events(), snapshotBits: bits).tables
            #expect(expected["snapshots"]?.isEmpty == (bits == 19))
            for name in ["often", "sometimes", "once", "pieces"] {
                var dump = try viewsDump(log.folder + "/" + name)
                #expect(dump.removeValue(forKey: "meta")?.count == 1)
                #expect(dump == expected, "\(name)")
            }
        }
    }

    /// Pieces that end in the middle of everything, down to single records.
    private static func readInPieces(_ log: TestLog, _ name: String, _ random: inout SplitMix64) throws {
        let path = log.folder + "/" + name
        try FileSystem.makeDirectory(path)
        try ViewFolder(path: path).make("1")
        let generation = try ViewGeneration(folder: path, number: 1)
        let logID = try log.reader.logID()
        var isBehind = true
        while isBehind {
            isBehind = try generation.environment.write { transaction in
                let known = try generation.progress(transaction) ?? ViewProgress(logID: logID, next: 0, lastLeaf: nil)
                var batch = ViewBatch(from: known, snapshots: log.snapshots)
                try batch.read(from: log.reader, limit: Int.random(in: 1...9, using: &random))
                if batch.next > known.next { try batch.write(to: generation.tables, logID: logID, &transaction) }
                return batch.next > known.next
            }
        }
    }

    @Test func answersComeFromTheTables() throws {
        var random = SplitMix64(seed: printedSeed())
        var history = RandomHistory()
        let log = try TestLog(history.events(1500, &random))
        let views = try log.views()
        #expect(try views.position() == 0)
        try views.catchUp()
        #expect(try views.position() == 1500)
        let events = try log.events()
        let usage = try views.usage(of: history.keys + [KeyID(Bytes16(high: .max, low: 1))])
        #expect(usage.count == history.keys.count)
        for key in history.keys {
            let uses = events.filter { $0.event.keyID == key }.compactMap { entry -> Event.Use? in
                if case .used(let use) = entry.event.body { use } else { nil }
            }
            #expect(usage[key]?.counts.uses == uses.reduce(0) { $0 + $1.count })
            #expect(usage[key]?.lastUsedAt == uses.map(\.decidedAt).max())
            #expect(usage[key]?.firstUsedAt == uses.map { $0.firstAt ?? $0.decidedAt }.min())
        }
    }

    @Test func bucketsOfARangeOfTime() throws {
        let log = try TestLog()
        let key = KeyID(Bytes16(high: 1, low: 1))
        let neighbour = KeyID(Bytes16(high: 1, low: 2))
        let day = Timestamp(seconds: 1_800_057_600)
        try log.append([.creation(of: key), .creation(of: neighbour, secret: 2)])
        for hour in 0..<72 as Range<Int64> {
            let time = day.adding(seconds: hour * 3600 + 1800)
            try log.append([.use(of: key, count: UInt64(hour) + 1, at: time), .use(of: neighbour, at: day)], at: time)
        }
        let views = try log.views()
        try views.catchUp()
        func hours(_ start: Int64, _ end: Int64, _ limit: Int = .max) throws -> [UInt64] {
            try views.buckets(.hour, of: key, from: day.adding(seconds: start), to: day.adding(seconds: end), limit: limit).map(
                \.counts.uses)
        }
        #expect(try hours(0, 3600) == [1])
        #expect(try hours(0, 3601) == [1, 2])
        #expect(try hours(3600, 4 * 3600) == [2, 3, 4])
        #expect(try hours(0, 72 * 3600, 5) == [1, 2, 3, 4, 5])
        #expect(try hours(-9999, 999_999).count == 72)
        #expect(try hours(72 * 3600, 99 * 3600) == [])
        let days = try views.buckets(.day, of: key, from: day, to: day.adding(seconds: 3 * 86_400), limit: 9)
        #expect(days.map(\.start) == [day, day.adding(seconds: 86_400), day.adding(seconds: 2 * 86_400)])
        #expect(days.map(\.counts.uses) == [300, 876, 1452])
        #expect(try views.buckets(.day, of: KeyID(Bytes16(high: 1, low: 0)), from: day, to: day.adding(seconds: 86_400), limit: 9).isEmpty)
    }

    @Test func historyFromAnywhereIsAFilterOfTheLog() throws {
        var random = SplitMix64(seed: printedSeed())
        let log = try TestLog()
        var history = RandomHistory()
        let views = try log.views()
        for _ in 0..<12 {
            try log.append(history.events(200, &random))
            try views.catchUp()
        }
        let events = try log.events()
        for key in history.keys.prefix(12) + [KeyID(Bytes16(high: 0, low: 0)), KeyID(Bytes16(high: .max, low: .max))] {
            let all = events.filter { $0.event.keyID == key }.map(\.position)
            var starts = (0..<40).map { _ in UInt64.random(in: 0..<2600, using: &random) } + [0, 2399, 2400, .max]
            for place in [0, 127, 128, 129, 255, 256] where place < all.count { starts += [all[place], all[place] + 1] }
            for start in starts {
                for limit in [0, 1, 5, 128, 129, .max] {
                    #expect(try views.history(of: key, from: start, limit: limit) == Array(all.filter { $0 >= start }.prefix(limit)))
                }
            }
        }
        #expect(try views.history(of: history.keys[0], from: 0, limit: .max).count > 256)
    }

    @Test func theNewestHoursBeforeATime() throws {
        var random = SplitMix64(seed: printedSeed())
        var history = RandomHistory()
        let log = try TestLog(history.events(1500, &random))
        let views = try log.views()
        try views.catchUp()
        for key in history.keys.prefix(8) + [KeyID(Bytes16(high: .max, low: .max))] {
            for bucket in [Views.Bucket.hour, .day] {
                let all = try views.buckets(
                    bucket, of: key, from: Timestamp(seconds: 0), to: Timestamp(microseconds: .max), limit: .max)
                var ends: [Timestamp?] = [nil, Timestamp(seconds: -1), Timestamp(seconds: 0), Timestamp(microseconds: .max)]
                for (start, _) in all { ends += [-1, 0, 1].map { Timestamp(microseconds: start.microseconds + $0) } }
                for end in ends {
                    let expected = all.reversed().filter { bucket in end.map { bucket.start < $0 } ?? true }
                    for limit in [0, 1, 3, .max] {
                        let found = try views.newestBuckets(bucket, of: key, before: end, limit: limit)
                        #expect(found.map(\.start) == expected.prefix(limit).map(\.start))
                        #expect(found.map(\.counts) == expected.prefix(limit).map(\.counts))
                    }
                }
            }
        }
    }

    @Test func lifecycleEventsAloneByLogAndByKey() throws {
        var random = SplitMix64(seed: printedSeed())
        let log = try TestLog()
        var history = RandomHistory()
        let views = try log.views()
        for _ in 0..<10 {
            try log.append(history.events(100, &random))
            try views.catchUp()
        }
        let changes = try log.events().filter { entry in
            switch entry.event.body {
            case .used, .refused: false
            default: true
            }
        }
        #expect(changes.count > 30)
        for start in (0..<20).map({ _ in UInt64.random(in: 0..<1100, using: &random) }) + [0, 999, 1000, .max] {
            let expected = changes.filter { $0.position >= start }
            for limit in [1, 7, .max] {
                let found = try views.changedKeys(from: start, limit: limit)
                #expect(found.keys.map(\.position) == expected.prefix(limit).map(\.position))
                #expect(found.keys.map(\.key) == expected.prefix(limit).map(\.event.keyID))
                #expect(found.next == (expected.count > limit ? expected[limit - 1].position + 1 : max(start, 1000)))
            }
        }
        for key in history.keys.prefix(8) + [KeyID(Bytes16(high: 0, low: 0)), KeyID(Bytes16(high: .max, low: .max))] {
            let all = changes.filter { $0.event.keyID == key }.map(\.position)
            #expect(try views.lifecyclePositions(of: key, before: nil, limit: .max) == all.reversed())
            for end in all.flatMap({ [$0, $0 + 1] }) + [0, 1000, .max] {
                let expected = all.filter { $0 < end }.reversed()
                for limit in [0, 1, 3, .max] {
                    #expect(try views.lifecyclePositions(of: key, before: end, limit: limit) == Array(expected.prefix(limit)))
                }
            }
        }
    }

    @Test func goingThroughAllUsageSaysWhatAskingForEachSays() throws {
        var random = SplitMix64(seed: printedSeed())
        let log = try TestLog()
        var history = RandomHistory()
        let views = try log.views()
        #expect(try views.forEachUsage { _, _, _ in Issue.record("a row of nothing") } == 0)
        try log.append(history.events(900, &random))
        try views.catchUp()
        var found: [KeyID] = []
        let usage = try views.usage(of: history.keys)
        let position = try views.forEachUsage { key, uses, lastUsedAt in
            found.append(key)
            #expect(usage[key]?.counts.uses == uses && usage[key]?.lastUsedAt == lastUsedAt)
        }
        #expect(position == 900 && found == history.keys.sorted())
    }

    @Test func anEmptyLogHasEmptyViews() throws {
        let log = try TestLog()
        do {
            let views = try log.views()
            #expect(try views.catchUp() == 0)
            #expect(try views.rebuild { _ in } == 0)
            let check = try views.check { _ in }
            #expect(check.position == 0 && check.differences.count == 0)
        }
        #expect(try viewsDump(log.viewsPath).values.allSatisfy(\.isEmpty))
    }
}

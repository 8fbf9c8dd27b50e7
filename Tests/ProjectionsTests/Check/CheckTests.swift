import Bytes
import EventLog
import KeyEvents
import Storage
import TestSupport
import Testing

@testable import Projections

/// The checks that `keyledger replay --check` makes.
@Suite(.holdsLedgers) struct CheckTests {
    private enum Damage: CaseIterable {
        case missing, extra, different

        var kind: DifferenceList.Difference.Kind {
            switch self {
            case .missing: .missing
            case .extra: .extra
            case .different: .different
            }
        }

        /// Does it to one entry; answers the entry's key.
        func apply(to table: Table, _ rows: [TableRow], _ random: inout SplitMix64, _ transaction: inout WriteTransaction) throws -> [UInt8]
        {
            var row = random.pick(rows)
            switch self {
            case .missing:
                try transaction.delete(row.key.span, in: table)
                return row.key
            case .extra:
                let key = random.chance(50) ? [UInt8](repeating: 0xFF, count: 40) : row.key + [0]
                try transaction.put(key, row.value, in: table)
                return key
            case .different:
                // A flipped bit, or a byte more or less.
                var value = row.value
                if random.chance(50), !value.isEmpty {
                    value[Int.random(in: 0..<value.count, using: &random)] ^= 1
                } else {
                    value.append(0)
                }
                row = TableRow(key: row.key, value: value)
                try transaction.put(row.key, row.value, in: table)
                return row.key
            }
        }
    }

    private static let erasure = Event(
        keyID: .none, accountID: .operator, actor: .commandLine,
        body: .accountErased(AccountErasure(dataKeyID: Bytes16(high: 1, low: 2))))

    /// Adds the row of the views' table `rules`, which a random history of keys does not have.
    private static let rulesChange = Event(
        keyID: .none, accountID: .operator, actor: .commandLine, body: .accountChanged(AccountChange(AccountRules(keyLimit: 5))))

    @Test func everyDifferenceInEveryStateTableIsFound() throws {
        var random = SplitMix64(seed: printedSeed())
        for name in StateTables.tableNames {
            for damage in Damage.allCases {
                let log = try TestLog()
                var history = RandomHistory()
                try log.append(history.events(600, &random) + [Self.erasure])
                try Self.expectClean(log)
                let rows = try #require(try log.stateDump()[name])
                let key = try log.environment.write { transaction in
                    let tables = try log.tables.current(transaction)
                    let table = try #require(tables.all.first { $0.name == name }).table
                    return try damage.apply(to: table, rows, &random, &transaction)
                }
                let page = random.pick([1, 2, 7, 100, DifferenceList.page])
                let result = try StateCheck(log.reader, log.tables).run(in: log.folder + "/check", page: page) { _ in }
                Self.expect(result.differences, "state/" + name, key, damage)
                _ = try StateRebuild(log.reader, log.tables).run { _ in }
                try Self.expectClean(log)
            }
        }
    }

    @Test func everyDifferenceInEveryViewIsFound() throws {
        var random = SplitMix64(seed: printedSeed())
        for name in ViewTables.compared {
            for damage in Damage.allCases {
                let log = try TestLog(snapshotBits: 5)
                var history = RandomHistory()
                try log.append(history.events(599, &random) + [Self.rulesChange])
                try log.views().catchUp()
                try Self.expectClean(log)
                let rows = try #require(try viewsDump(log.viewsPath)[name])
                let key = try withGeneration(log.viewsPath) { generation in
                    try generation.environment.write { transaction in
                        try damage.apply(to: generation.environment.table(name), rows, &random, &transaction)
                    }
                }
                let views = try log.views()
                let page = random.pick([1, 2, 7, 100, DifferenceList.page])
                let result = try views.check(page: page) { _ in }
                #expect(result.position == 600)
                Self.expect(result.differences, "views/" + name, key, damage)
                try views.rebuild { _ in }
                #expect(try views.check { _ in }.differences.count == 0)
            }
        }
    }

    /// Which log was read, and how far, cannot be compared with a rebuild: it is held against the log.
    @Test func aProgressThatIsTrueOfNoLogIsFound() throws {
        var random = SplitMix64(seed: printedSeed())
        var history = RandomHistory()
        let log = try TestLog(history.events(300, &random))
        // Behind the version of the code, whose other values are those of other code.
        for byte in 4..<60 {
            try log.views().catchUp()
            try withGeneration(log.viewsPath) { generation in
                try generation.environment.write { transaction in
                    let key = ViewGeneration.progressKey
                    var row = try #require(try transaction.get(key.span, in: generation.tables.meta)?.copy())
                    row[byte] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                    try transaction.put(key, row, in: generation.tables.meta)
                }
            }
            Self.expect(try log.views().check { _ in }.differences, "views/meta", ViewGeneration.progressKey, .different)
            let repaired = try log.views().check { _ in }
            #expect(repaired.differences.count == 0)
        }
    }

    /// A check compares each page at one moment, so what comes meanwhile is no difference.
    @Test func appendsDuringAChecksAreNoDifference() throws {
        var random = SplitMix64(seed: printedSeed())
        var history = RandomHistory()
        let log = try TestLog(history.events(2000, &random))
        let key = history.keys[0]
        let views = try log.views()
        try views.catchUp()
        let appends = Repetition(
            pause: .milliseconds(10),
            [
                { try log.append([.use(of: key), .use(of: key, count: 3)]) }, { try views.catchUp() },
            ])
        for _ in 0..<10 {
            #expect(try StateCheck(log.reader, log.tables).run(in: log.folder + "/check", page: 20) { _ in }.differences.count == 0)
            #expect(try views.check(page: 20) { _ in }.differences.count == 0)
        }
        let rounds = appends.end()
        #expect(rounds > 2)
    }

    /// No read transaction goes on for longer than a page.
    @Test func tablesAreComparedPageByPage() throws {
        var random = SplitMix64(seed: printedSeed())
        let (one, other) = (try TestLog(), try TestLog())
        let keys = (0..<200).map { KeyID(Bytes16(high: UInt64($0), low: 1)) }
        // Each lacks some, and some differ.
        for log in [one, other] { try log.append(keys.filter { _ in random.chance(80) }.map { .creation(of: $0, expiresAt: nil) }) }
        func compare(limit: Int) throws -> (list: DifferenceList, pages: Int) {
            var list = DifferenceList()
            var pages = 0
            var last: [UInt8]? = []
            while let previous = last {
                last = try one.environment.read { live in
                    try other.environment.read { expected in
                        let (table, wanted) = (try one.tables.current(live).keys, try other.tables.current(expected).keys)
                        return try list.compare("keys", live, table, expected, wanted, after: previous, limit: limit)
                    }
                }
                pages += 1
            }
            return (list, pages)
        }
        let whole = try compare(limit: 1000)
        #expect(whole.pages == 1 && whole.list.count > 0)
        for limit in [1, 2, 3, 50] {
            let paged = try compare(limit: limit)
            #expect(paged.list.first == whole.list.first && paged.list.count == whole.list.count)
            #expect(paged.pages > 150 / limit)
        }
    }

    @Test func aCheckChangesNothingAndLeavesNothing() throws {
        var random = SplitMix64(seed: printedSeed())
        var history = RandomHistory()
        let log = try TestLog(history.events(600, &random))
        try log.views().catchUp()
        let state = try log.stateDump()
        let views = try viewsDump(log.viewsPath)
        // What an interrupted one left.
        try FileSystem.makeDirectory(log.folder + "/check")
        do { _ = try Environment(path: log.folder + "/check", tables: ["keys.a"], options: .init(mapSize: 1 << 20)) }
        for _ in 0..<2 { try Self.expectClean(log) }
        #expect(try log.stateDump() == state)
        #expect(try viewsDump(log.viewsPath) == views)
        #expect(try !FileSystem.contents(log.folder).contains("check"))
        #expect(try FileSystem.contents(log.viewsPath).sorted() == ["1", "rebuild.lock"])
    }

    @Test func moreThanAThousandDifferencesAreCountedNotKept() throws {
        let log = try TestLog()
        try log.append((0..<1500).map { .creation(of: KeyID(Bytes16(high: 1, low: UInt64($0))), secret: 1) })
        try log.environment.write { transaction in
            for (_, table) in try log.tables.current(transaction).all { try transaction.clear(table) }
        }
        let differences = try StateCheck(log.reader, log.tables).run(in: log.folder + "/check") { _ in }.differences
        // One secret for all: the index holds it once; so are they one account's.
        #expect(differences.count == 1500 + 1500 + 1 + 1)
        #expect(differences.first.count == DifferenceList.kept && differences.first.allSatisfy { $0.kind == .missing })
        var both = differences
        both.add(differences)
        #expect(both.count == 6004 && both.first.count == DifferenceList.kept)
    }

    private static func expectClean(_ log: TestLog) throws {
        let state = try StateCheck(log.reader, log.tables).run(in: log.folder + "/check") { _ in }
        #expect(state.differences.count == 0, "\(state.differences.first)")
        #expect(state.position == UInt64(try log.events().count))
        let views = try log.views()
        try views.catchUp()
        #expect(try views.check { _ in }.differences.count == 0)
    }

    private static func expect(_ differences: DifferenceList, _ table: String, _ key: [UInt8], _ damage: Damage) {
        #expect(differences.count == 1, "\(table) \(damage)")
        #expect(differences.first == [.init(table: table, key: key.map(\.hex).joined(), kind: damage.kind)], "\(damage)")
    }
}

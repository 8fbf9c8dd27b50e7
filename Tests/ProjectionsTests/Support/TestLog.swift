import EventLog
import Foundation
import KeyEvents
import Storage
import Synchronization
import TestSupport

@testable import Projections

/// A log with its state, in a folder of the test's own; views stand beside it. Removed at the end.
final class TestLog: Sendable {
    let folder: String
    let environment: Environment
    let reader: LogReader
    let tables: StateTables
    private let sequencer: EmbeddedSequencer
    private let clock = PassingTime()
    private let isTemporary: Bool
    /// The intervals of the views that are opened here.
    let snapshots: UsageSnapshots

    convenience init(snapshotBits: Int = UsageSnapshots.defaultBits) throws {
        let folder = FileManager.default.temporaryDirectory.path + "/keyledger-projections-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder + "/ledger", withIntermediateDirectories: true)
        try self.init(at: folder, isTemporary: true, snapshotBits: snapshotBits)
        try environment.write { try LogMeta.logID.set(Array(repeating: 1, count: 16), reader.tables, &$0) }
    }

    /// A log of these events, appended in one batch.
    convenience init(_ events: [Event]) throws {
        try self.init()
        try append(events)
    }

    /// A log made by another process.
    init(at folder: String, isTemporary: Bool = false, snapshotBits: Int = UsageSnapshots.defaultBits) throws {
        snapshots = UsageSnapshots(bits: snapshotBits)
        self.folder = folder
        self.isTemporary = isTemporary
        environment = try Environment(
            path: folder + "/ledger", tables: LogTables.names + StateTables.names, options: .init(mapSize: 1 << 24, maxMapSize: 1 << 32)
        )
        reader = LogReader(environment)
        tables = StateTables(environment)
        sequencer = EmbeddedSequencer(environment, now: { [clock] in clock.next() })
    }

    deinit { if isTemporary { try? FileManager.default.removeItem(atPath: folder) } }

    var viewsPath: String { folder + "/views" }

    func views(_ name: String = "views") throws -> Views { Views(path: folder + "/" + name, reader: reader, snapshots: snapshots) }

    /// One batch: the events, and what they do to the state in force. `time`: when; `nil`: after the batch before.
    @discardableResult
    func append(_ events: [Event], at time: Timestamp? = nil) throws -> UInt64 {
        if let time { clock.set(time) }
        return try sequencer.transact { transaction, appender in
            let store = StateStore(try tables.current(transaction))
            for var event in events {
                event.recordedAt = appender.recordedAt
                let position = try appender.append(event, &transaction)
                if event.body.isLifecycle { try store.apply(event, at: position, &transaction) }
            }
            return appender.nextPosition
        }
    }

    func events() throws -> [(position: UInt64, event: Event)] {
        var events: [(position: UInt64, event: Event)] = []
        var next: UInt64 = 0
        while true {
            let end = try reader.scan(from: next) { position, record in
                events.append((position, try LogReader.decode(record, at: position)))
                return true
            }
            if end == next { return events }
            next = end
        }
    }

    /// Every entry of the state tables in force.
    func stateDump() throws -> [String: [TableRow]] {
        try environment.read { transaction in
            var dump: [String: [TableRow]] = [:]
            for (name, table) in try tables.current(transaction).all { dump[name] = try rows(of: table, transaction) }
            return dump
        }
    }

    /// The set of tables that is not in force.
    func otherStateDump() throws -> [String: [TableRow]] {
        try environment.read { transaction in
            var dump: [String: [TableRow]] = [:]
            for (name, table) in tables.sets[1 - (try tables.currentNumber(transaction))].all {
                dump[name] = try rows(of: table, transaction)
            }
            return dump
        }
    }
}

extension TestLog {
    /// Takes from every page of the ledger's file that holds `bytes` what kind of page it is. Answers how many there were.
    func damagePages(holding bytes: [UInt8]) throws -> Int {
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: folder + "/ledger/data.mdb"))
        defer { try? file.close() }
        var count = 0
        var offset: UInt64 = 0
        while let page = try file.read(upToCount: 4096), !page.isEmpty {
            if page.range(of: Data(bytes)) != nil {
                try file.seek(toOffset: offset + 10)
                try file.write(contentsOf: [0, 0])
                count += 1
            }
            offset += 4096
            try file.seek(toOffset: offset)
        }
        return count
    }
}

/// Every entry of the views in force below `path`, which nobody may have open.
func viewsDump(_ path: String) throws -> [String: [TableRow]] {
    try withGeneration(path) { generation in
        try generation.environment.read { transaction in
            var dump: [String: [TableRow]] = [:]
            for name in ViewTables.names { dump[name] = try rows(of: generation.environment.table(name), transaction) }
            return dump
        }
    }
}

/// The generation in force below `path`, which nobody may have open.
func withGeneration<Result>(_ path: String, _ body: (ViewGeneration) throws -> Result) throws -> Result {
    guard var number = ViewFolder(path: path).numbers().first else { throw StorageError.missing(path: path) }
    while true {
        let generation = try ViewGeneration(folder: path, number: number)
        guard let next = try generation.environment.read({ try generation.successor($0) }) else { return try body(generation) }
        number = next
    }
}

/// Time that passes with every look: a second or so, and now and then a day.
private final class PassingTime: Sendable {
    private let state = Mutex<(now: Int64, looks: Int, set: Timestamp?)>((1_800_000_000_000_000, 0, nil))

    /// What the next look tells.
    func set(_ time: Timestamp) { state.withLock { $0.set = time } }

    func next() -> Timestamp {
        state.withLock { state in
            if let time = state.set {
                (state.now, state.set) = (time.microseconds, nil)
                return time
            }
            state.looks += 1
            state.now += state.looks.isMultiple(of: 40) ? 86_400_000_000 : 700_000
            return Timestamp(microseconds: state.now)
        }
    }
}

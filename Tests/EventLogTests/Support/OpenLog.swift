import Bytes
import KeyEvents
import Storage
import Synchronization
import TestSupport

@testable import EventLog

/// A log in a folder, open as long as this lives.
struct OpenLog {
    let environment: Environment
    let sequencer: EmbeddedSequencer

    init(
        _ folder: TemporaryFolder, options: Environment.Options = .init(mapSize: 256 << 20),
        now: @escaping @Sendable () -> Timestamp = fixedTime
    ) throws {
        try self.init(path: folder.path, options: options, now: now)
    }

    init(
        path: String, options: Environment.Options = .init(mapSize: 256 << 20), now: @escaping @Sendable () -> Timestamp = fixedTime
    ) throws {
        environment = try Environment(path: path, tables: LogTables.names, options: options)
        sequencer = EmbeddedSequencer(environment, now: now)
    }

    static let fixedTime: @Sendable () -> Timestamp = { Timestamp(seconds: 1_800_000_000) }

    var reader: LogReader { sequencer.reader }

    /// In one turn; answers the positions.
    @discardableResult
    func append(_ events: [Event]) throws -> [UInt64] { try sequencer.append(events) }

    /// What stands in `records`, check and all.
    func stored(_ position: UInt64) throws -> [UInt8]? {
        try environment.read { transaction in try transaction.get(position, in: reader.tables.records)?.copy() }
    }

    /// Behind the log's back, as a fault of the machine would.
    func overwrite(_ position: UInt64, _ stored: [UInt8]?) throws {
        try change { transaction in
            if let stored {
                try transaction.put(position, stored.span, in: reader.tables.records)
            } else {
                try transaction.delete(position.bigEndianBytes.span, in: reader.tables.records)
            }
        }
    }

    func flip(bit: Int, at position: UInt64) throws {
        var bytes = try stored(position) ?? []
        bytes[bit / 8] ^= 1 << UInt8(bit % 8)
        try overwrite(position, bytes)
    }

    @discardableResult
    func change<R>(_ body: (inout WriteTransaction) throws -> R) throws -> R { try environment.write(body) }

    func read<R>(_ body: (borrowing ReadTransaction) throws -> R) throws -> R { try environment.read(body) }

    /// All records, without their checks.
    func records() throws -> [[UInt8]] {
        var records: [[UInt8]] = []
        var next: UInt64 = 0
        while true {
            let start = next
            next = try reader.scan(from: start) { _, record in
                records.append(record.copy())
                return true
            }
            if next == start { return records }
        }
    }

    /// The right edge of the tree as it is stored.
    func frontier() throws -> MerkleFrontier { try read { try reader.tables.merkle.frontier(of: reader.next($0), $0) } }

    func treeHead() throws -> (size: UInt64, root: Digest32) { try read { try reader.treeHead($0) } }
}

extension EmbeddedSequencer {
    @discardableResult
    func append(_ events: [Event]) throws -> [UInt64] {
        try takeTurn { transaction, appender in
            var positions: [UInt64] = []
            for event in events { positions.append(try appender.append(event, &transaction)) }
            return positions
        }
    }
}

/// A clock that stands where the test puts it.
final class TestClock: Sendable {
    private let time = Atomic<Int64>(1_800_000_000_000_000)

    var now: Timestamp {
        get { Timestamp(microseconds: time.load(ordering: .relaxed)) }
        set { time.store(newValue.microseconds, ordering: .relaxed) }
    }

    var function: @Sendable () -> Timestamp { { self.now } }
}

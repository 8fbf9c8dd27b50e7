package import Bytes
package import EventLog
package import KeyEvents
package import Storage
package import TestSupport

/// A log in a folder, open as long as this lives.
package struct OpenLog {
    package let environment: Environment
    package let sequencer: EmbeddedSequencer

    package init(
        _ folder: TemporaryFolder, options: Environment.Options = .init(mapSize: 256 << 20),
        now: @escaping @Sendable () -> Timestamp = fixedTime
    ) throws {
        try self.init(path: folder.path, options: options, now: now)
    }

    package init(
        path: String, options: Environment.Options = .init(mapSize: 256 << 20), now: @escaping @Sendable () -> Timestamp = fixedTime
    ) throws {
        environment = try Environment(path: path, tables: LogTables.names, options: options)
        sequencer = EmbeddedSequencer(environment, now: now)
    }

    package static let fixedTime: @Sendable () -> Timestamp = { Timestamp(seconds: 1_800_000_000) }

    package var reader: LogReader { sequencer.reader }

    /// Appends events in one batch, and returns their positions.
    @discardableResult
    package func append(_ events: [Event]) throws -> [UInt64] { try sequencer.append(events) }

    /// Reads a row of `records`, with its check.
    package func stored(_ position: UInt64) throws -> [UInt8]? {
        try environment.read { transaction in try transaction.get(position, in: reader.tables.records)?.copy() }
    }

    /// Changes a row of `records` behind the log's back, as a fault of the machine would; `nil` removes it.
    package func overwrite(_ position: UInt64, _ stored: [UInt8]?) throws {
        try change { transaction in
            if let stored {
                try transaction.put(position, stored.span, in: reader.tables.records)
            } else {
                try transaction.delete(position.bigEndianBytes.span, in: reader.tables.records)
            }
        }
    }

    package func flip(bit: Int, at position: UInt64) throws {
        var bytes = try stored(position) ?? []
        bytes[bit / 8] ^= 1 << UInt8(bit % 8)
        try overwrite(position, bytes)
    }

    @discardableResult
    package func change<R>(_ body: (inout WriteTransaction) throws -> R) throws -> R { try environment.write(body) }

    package func read<R>(_ body: (borrowing ReadTransaction) throws -> R) throws -> R { try environment.read(body) }

    /// All records, without their checks.
    package func records() throws -> [[UInt8]] {
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

    package func treeHead() throws -> (size: UInt64, root: Digest32) { try read { try reader.treeHead($0) } }
}

extension EmbeddedSequencer {
    @discardableResult
    package func append(_ events: [Event]) throws -> [UInt64] {
        try transact { transaction, appender in
            var positions: [UInt64] = []
            for event in events { positions.append(try appender.append(event, &transaction)) }
            return positions
        }
    }
}

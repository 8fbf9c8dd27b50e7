public import Bytes
public import KeyEvents
public import Storage

/// Remembers commands by their ids, so that a command that is sent twice is carried out once. Ids are kept for `retention`, and
/// deleted a few at a time as new ones come.
///
/// The table `commands` has keys of 32 bytes, which identify account, actor and command id. A value is the time (8 bytes,
/// microseconds, big-endian) ‖ a fingerprint of the command's content (32) ‖ the position that the answer reflects (8) ‖ what the
/// caller needs to answer again; with its check (`RowCheck`). The table `command-times` has the keys time (8) ‖ key in `commands`
/// (32) and empty values.
public struct CommandTable: Sendable {
    /// How long a command is remembered: seven days.
    public static let retention = Duration.seconds(7 * 86_400)

    /// The stored data of a command.
    public struct Entry: Equatable, Sendable {
        /// A fingerprint of the command's content.
        public let content: Digest32
        /// The position that the answer reflects.
        public let position: UInt64
        /// What the caller needs to answer again.
        public let answer: [UInt8]
        /// The time of the command.
        public let time: Timestamp

        /// Creates the stored data from its parts, each of which is described at its property.
        public init(content: Digest32, position: UInt64, answer: [UInt8], at time: Timestamp) {
            self.content = content
            self.position = position
            self.answer = answer
            self.time = time
        }
    }

    private let tables: LogTables

    /// Creates the table over those of a log.
    public init(_ tables: LogTables) { self.tables = tables }

    /// Returns the stored data of a command.
    ///
    /// - Parameters:
    ///   - key: The key of the command in the table.
    ///   - now: The time by which the command may have been forgotten; `nil` while the clock is in doubt, when nothing is
    ///     forgotten.
    ///   - transaction: The transaction to read in.
    /// - Returns: `nil` where the command is not remembered.
    /// - Throws: `LogError.damaged` where the row does not match its check.
    public func entry(
        _ key: Digest32, at now: Timestamp?, _ transaction: borrowing some Transaction & ~Copyable
    ) throws -> Entry? {
        let key = key.bytes
        guard let stored = try transaction.get(key.span, in: tables.commands) else { return nil }
        // A damaged row does not count as absent, since the command would be carried out a second time.
        guard let value = RowCheck.value(stored, key: key.span), value.count >= 48, let content = Digest32(value.extracting(8..<40).copy())
        else {
            throw LogError.damaged(position: nil, what: "what is remembered of a command is not what was written; use a new command id")
        }
        let time = Timestamp(microseconds: Int64(bitPattern: value.bigEndian()))
        if let now, time + Self.retention <= now { return nil }
        return Entry(content: content, position: value.bigEndian(at: 40), answer: value.extracting(48..<value.count).copy(), at: time)
    }

    /// Stores a command.
    ///
    /// - Parameters:
    ///   - key: The key of the command in the table.
    ///   - entry: The data of the command.
    ///   - isForgetting: Whether commands that are older than `retention` by the time of this one may be deleted. They may not
    ///     while the clock is in doubt.
    ///   - transaction: The write transaction.
    /// - Throws: `StorageError` where the tables cannot be written.
    public func store(
        _ key: Digest32, _ entry: Entry, isForgetting: Bool = true, _ transaction: inout WriteTransaction
    ) throws(StorageError) {
        if isForgetting { try forget(before: entry.time - Self.retention, &transaction) }
        let time = UInt64(bitPattern: entry.time.microseconds).bigEndianBytes
        let value = time + entry.content.bytes + entry.position.bigEndianBytes + entry.answer
        try transaction.put(key.bytes, RowCheck.checked(value, key: key.bytes), in: tables.commands)
        try transaction.put(time + key.bytes, [], in: tables.commandTimes)
    }

    /// Deletes at most four old commands for each new one, so that the table shrinks and no command takes long.
    private func forget(before limit: Timestamp, _ transaction: inout WriteTransaction) throws(StorageError) {
        for time in try oldTimes(before: limit, transaction) {
            let key = Array(time.dropFirst(8))
            // An id that was forgotten and used again has a later time.
            if try storedTime(key, transaction) == time.span.bigEndian() { try transaction.delete(key.span, in: tables.commands) }
            try transaction.delete(time.span, in: tables.commandTimes)
        }
    }

    private func oldTimes(before limit: Timestamp, _ transaction: borrowing WriteTransaction) throws(StorageError) -> [[UInt8]] {
        var times: [[UInt8]] = []
        var cursor = try transaction.cursor(in: tables.commandTimes)
        var isFound = try cursor.first()
        while isFound, times.count < 4, cursor.key.count == 40, Int64(bitPattern: cursor.key.bigEndian()) < limit.microseconds {
            times.append(cursor.key.copy())
            isFound = try cursor.next()
        }
        return times
    }

    private func storedTime(_ key: [UInt8], _ transaction: borrowing WriteTransaction) throws(StorageError) -> UInt64? {
        guard let value = try transaction.get(key.span, in: tables.commands), value.count >= 8 else { return nil }
        return value.bigEndian()
    }

    /// Replaces the stored fingerprints of commands by `content` wherever `isMeant` returns true for the answer. Some rows are
    /// rewritten per transaction, and none twice.
    @available(*, noasync)
    public func replaceContent(with content: Digest32, in environment: Environment, where isMeant: ([UInt8]) -> Bool) throws {
        var last: [UInt8]? = []
        while let previous = last {
            last = try environment.write { transaction in
                let rows = try Self.rows(of: tables.commands, after: previous, limit: 2_000, transaction)
                for row in rows {
                    guard let value = RowCheck.value(row.value.span, key: row.key.span)?.copy(), value.count >= 48,
                        isMeant(Array(value.dropFirst(48)))
                    else { continue }
                    let replaced = value.prefix(8) + content.bytes + value.dropFirst(40)
                    try transaction.put(row.key, RowCheck.checked(Array(replaced), key: row.key), in: tables.commands)
                }
                return rows.last?.key
            }
        }
    }

    /// Adds checks to the rows of a ledger of format 1, some rows per transaction. A row that has a check stays as it is, so that
    /// the conversion can be repeated after an interruption.
    @available(*, noasync)
    public static func addChecks(_ tables: LogTables, in environment: Environment) throws {
        var last: [UInt8]? = []
        while let previous = last {
            last = try environment.write { transaction in
                let rows = try rows(of: tables.commands, after: previous, limit: 10_000, transaction)
                for row in rows where RowCheck.value(row.value.span, key: row.key.span) == nil {
                    try transaction.put(row.key, RowCheck.checked(row.value, key: row.key), in: tables.commands)
                }
                return rows.last?.key
            }
        }
    }

    /// Returns rows in the order of their keys, those after `previous`; an empty `previous` starts at the first row.
    private static func rows(
        of table: Table, after previous: [UInt8], limit: Int, _ transaction: borrowing WriteTransaction
    ) throws(StorageError) -> [(key: [UInt8], value: [UInt8])] {
        var rows: [(key: [UInt8], value: [UInt8])] = []
        var cursor = try transaction.cursor(in: table)
        // The smallest key after another is that key followed by a zero byte.
        var isFound = try cursor.seek((previous.isEmpty ? [] : previous + [0]).span)
        while isFound, rows.count < limit {
            rows.append((cursor.key.copy(), cursor.value.copy()))
            isFound = try cursor.next()
        }
        return rows
    }
}

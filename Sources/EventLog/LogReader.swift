public import Bytes
public import KeyEvents
public import Storage

/// Reads the log. Every record that is handed out matches its checksum.
///
/// The methods throw `LogError` where the log is damaged and `StorageError` where it cannot be read.
public struct LogReader: Sendable {
    /// The environment of the log.
    public let environment: Environment
    /// The tables of the log.
    public let tables: LogTables

    /// Creates a reader of the log in an environment.
    public init(_ environment: Environment) {
        self.environment = environment
        tables = LogTables(environment)
    }

    /// Returns the head of the log in a transaction of its own.
    public func head() throws -> LogHead { try environment.read { try head($0) } }

    /// Returns the head of the log.
    public func head(_ transaction: borrowing some Transaction & ~Copyable) throws -> LogHead {
        var cursor = try transaction.cursor(in: tables.records)
        guard try cursor.last() else { return .empty }
        let position = try Self.position(cursor.key)
        let leaf = try StoredRecord.checkedLeaf(cursor.value, at: position)
        return LogHead(next: position + 1, time: try Self.header(cursor.value, at: position).time, leaf: leaf)
    }

    /// Returns the times of the last record; `nil` for an empty log, and where the record is damaged, which is reported wherever
    /// the record itself is read.
    public static func newestTime(_ tables: LogTables, _ transaction: borrowing some Transaction & ~Copyable) throws -> RecordTime? {
        var cursor = try transaction.cursor(in: tables.records)
        guard try cursor.last(), let position = try? position(cursor.key),
            (try? StoredRecord.checkedLeaf(cursor.value, at: position)) != nil
        else { return nil }
        return try? header(cursor.value, at: position).time
    }

    /// Returns the position that the next record gets, without reading a record.
    public func next(_ transaction: borrowing some Transaction & ~Copyable) throws -> UInt64 {
        try Self.next(tables, transaction)
    }

    /// Returns the position that the next record gets, without reading a record.
    public static func next(_ tables: LogTables, _ transaction: borrowing some Transaction & ~Copyable) throws -> UInt64 {
        var cursor = try transaction.cursor(in: tables.records)
        return try cursor.last() ? position(cursor.key) + 1 : 0
    }

    /// Returns the position that a key in `records` stands for.
    static func position(_ key: borrowing Span<UInt8>) throws(LogError) -> UInt64 {
        guard key.count == 8, key.bigEndian() < .max else { throw .damaged(position: nil, what: "the position of a record is damaged") }
        return key.bigEndian()
    }

    /// Returns the first position whose record is stored: 0. A stored value that says otherwise is damage, since this version
    /// archives no prefix: code that read the log from a later position on would miss every key made before.
    public func firstPosition(_ transaction: borrowing some Transaction & ~Copyable) throws -> UInt64 {
        let stored = try LogMeta.firstPosition.number(tables, transaction) ?? 0
        guard stored == 0 else {
            throw LogError.damaged(position: nil, what: "the value first-position of the table meta is \(stored), and the log begins at 0")
        }
        return stored
    }

    /// Hands out records in order until `body` returns false, `limit` records were read, or the log ends.
    ///
    /// - Parameters:
    ///   - start: The position to begin at.
    ///   - limit: The maximum number of records. They are read in one read transaction, so it should stay at some 10,000.
    ///   - body: Receives the position and the bytes of each record, and returns whether to go on.
    /// - Returns: The position to go on from.
    /// - Throws: `Cancellation.Cancelled` where the work on this thread was cancelled, as do the look-ups below.
    public func scan(from start: UInt64, limit: Int = 10_000, _ body: (UInt64, Span<UInt8>) throws -> Bool) throws -> UInt64 {
        try environment.read { transaction in
            try scan(from: start, limit: limit, transaction) { position, record, _ in try body(position, record) }
        }
    }

    /// Hands out records in order, within a transaction that is already open, and with the leaf hash of each record.
    public func scan(
        from start: UInt64, limit: Int, _ transaction: borrowing some Transaction & ~Copyable,
        _ body: (UInt64, Span<UInt8>, Digest32) throws -> Bool
    ) throws -> UInt64 {
        var cursor = try transaction.cursor(in: tables.records)
        var expected = start
        var isFound = try cursor.seek(start)
        let cancellation = Cancellation.current
        while isFound, expected - start < UInt64(limit) {
            if (expected - start) % 256 == 0 { try cancellation?.check() }
            let position = try Self.position(cursor.key)
            guard position == expected else { throw LogError.missing(position: expected) }
            let leaf = try StoredRecord.checkedLeaf(cursor.value, at: position)
            expected += 1
            guard try body(position, cursor.value.extracting(droppingLast: StoredRecord.checkBytes), leaf) else { break }
            isFound = try cursor.next()
        }
        return expected
    }

    /// Returns the event at a position; `nil` beyond the head.
    public func event(at position: UInt64) throws -> Event? {
        try environment.read { try event(at: position, $0) }
    }

    /// Returns the event at a position, within a transaction; `nil` beyond the head.
    public func event(at position: UInt64, _ transaction: borrowing some Transaction & ~Copyable) throws -> Event? {
        try Cancellation.check()
        guard let stored = try transaction.get(position, in: tables.records) else { return nil }
        _ = try StoredRecord.checkedLeaf(stored, at: position)
        return try Self.decode(stored.extracting(droppingLast: StoredRecord.checkBytes), at: position)
    }

    /// Returns the bytes of the record at a position; `nil` beyond the head.
    public func record(at position: UInt64, _ transaction: borrowing some Transaction & ~Copyable) throws -> [UInt8]? {
        try Cancellation.check()
        guard let stored = try transaction.get(position, in: tables.records) else { return nil }
        _ = try StoredRecord.checkedLeaf(stored, at: position)
        return stored.extracting(droppingLast: StoredRecord.checkBytes).copy()
    }

    /// Lends the record at a position to `body` and returns the result; `nil` beyond the head.
    public func record<R>(
        at position: UInt64, _ transaction: borrowing some Transaction & ~Copyable, _ body: (Span<UInt8>) throws -> R
    ) throws -> R? {
        try Cancellation.check()
        guard let stored = try transaction.get(position, in: tables.records) else { return nil }
        _ = try StoredRecord.checkedLeaf(stored, at: position)
        return try body(stored.extracting(droppingLast: StoredRecord.checkBytes))
    }

    /// Returns the leaf hash of the record at a position; `nil` where there is none.
    public func leaf(at position: UInt64, _ transaction: borrowing some Transaction & ~Copyable) throws -> Digest32? {
        guard let stored = try transaction.get(position, in: tables.records) else { return nil }
        return try StoredRecord.checkedLeaf(stored, at: position)
    }

    /// Returns the first position whose record is not older than `time`; the head where there is none.
    public func position(notBefore time: Timestamp) throws -> UInt64 {
        try environment.read { transaction in
            var low = try firstPosition(transaction)
            var high = try next(transaction)
            while low < high {
                let middle = low + (high - low) / 2
                guard let stored = try transaction.get(middle, in: tables.records) else { throw LogError.missing(position: middle) }
                _ = try StoredRecord.checkedLeaf(stored, at: middle)
                if try Self.header(stored, at: middle).recordedAt < time { low = middle + 1 } else { high = middle }
            }
            return low
        }
    }

    /// Returns the root of the Merkle tree over all records, and their number, as the last append left them.
    public func treeHead(_ transaction: borrowing some Transaction & ~Copyable) throws -> (size: UInt64, root: Digest32) {
        guard let bytes = try LogMeta.treeHead.bytes(tables, transaction) else { return (0, MerkleHash.empty) }
        guard bytes.count == 40, let root = Digest32(bytes.suffix(32)) else {
            throw LogError.damaged(position: nil, what: "the stored tree head has \(bytes.count) bytes instead of 40")
        }
        return (bytes.span.bigEndian(), root)
    }

    /// Returns the id of the log.
    public func logID() throws -> Bytes16 { try environment.read { try logID($0) } }

    /// Returns the id of the log, within a transaction. It throws `LogError.notALedger` where there is none.
    public func logID(_ transaction: borrowing some Transaction & ~Copyable) throws -> Bytes16 {
        guard let bytes = try LogMeta.logID.bytes(tables, transaction), let id = Bytes16(bytes) else {
            throw LogError.notALedger(path: environment.path)
        }
        return id
    }

    /// Decodes a record.
    ///
    /// - Parameters:
    ///   - record: The bytes of the record.
    ///   - position: The position of the record, for the error.
    /// - Returns: The event of the record.
    /// - Throws: `LogError.damaged` where the record cannot be decoded.
    public static func decode(_ record: borrowing Span<UInt8>, at position: UInt64) throws -> Event {
        do {
            return try EventCodec.decode(record.copy())
        } catch {
            throw LogError.damaged(position: position, what: "the record cannot be decoded")
        }
    }

    private static func header(_ stored: borrowing Span<UInt8>, at position: UInt64) throws(LogError) -> EventHeader {
        guard let header = EventHeader(stored.extracting(droppingLast: StoredRecord.checkBytes)) else {
            throw .damaged(position: position, what: "the record cannot be decoded")
        }
        return header
    }
}

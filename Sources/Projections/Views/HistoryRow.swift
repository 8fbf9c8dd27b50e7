internal import Bytes
internal import KeyEvents
internal import Storage

/// The positions of one key's events, at most 128 per row: each as its distance (4 bytes, big-endian) from the first of the row.
/// Where a row ends follows from the log alone, not from how it was read.
enum HistoryRow {
    static let places: UInt32 = 128

    static func hasRoom(_ usage: KeyUsage, for position: UInt64) -> Bool {
        usage.historyRowCount > 0 && usage.historyRowCount < places && usage.historyRow <= position
            && position - usage.historyRow <= UInt64(UInt32.max)
    }

    static func positions(_ value: borrowing Span<UInt8>, first: UInt64) -> [UInt64] {
        (0..<value.count / 4).map { place in
            first.saturatingAdding(UInt64(value.bigEndian(at: place * 4, as: UInt32.self)))
        }
    }

    /// Returns the positions of a key's events from `start` on and before `end`, ascending. The cost depends on the number of
    /// results and not on the length of the log.
    static func positions(
        of key: KeyID, from start: UInt64, before end: UInt64 = .max, limit: Int, _ tables: ViewTables,
        _ transaction: borrowing some Transaction & ~Copyable
    ) throws -> [UInt64] {
        let id = key.raw.bytes
        var positions: [UInt64] = []
        var cursor = try transaction.cursor(in: tables.history)
        var isFound = try cursor.seek((id + start.bigEndianBytes).span)
        // The row before may reach beyond its first position.
        let isExact =
            isFound && cursor.key.count == 24 && cursor.key.extracting(0..<16).copy() == id
            && cursor.key.bigEndian(at: 16) == start
        if !isExact {
            let isBefore = isFound ? try cursor.previous() : try cursor.last()
            if isBefore, cursor.key.count == 24, cursor.key.extracting(0..<16).copy() == id {
                isFound = true
            } else {
                isFound = try cursor.seek((id + start.bigEndianBytes).span)
            }
        }
        while isFound, positions.count < limit, cursor.key.count == 24, cursor.key.extracting(0..<16).copy() == id {
            let first = cursor.key.bigEndian(at: 16)
            guard first < end else { break }
            positions += Self.positions(cursor.value, first: first).filter { $0 >= start && $0 < end }.prefix(limit - positions.count)
            isFound = try cursor.next()
        }
        return positions
    }

    /// Returns the positions of a key's events from `start` on and before `end`, newest first. The cost depends on the number of
    /// results and not on the length of the log.
    static func newestPositions(
        of key: KeyID, from start: UInt64, before end: UInt64, limit: Int, _ tables: ViewTables,
        _ transaction: borrowing some Transaction & ~Copyable
    ) throws -> [UInt64] {
        let id = key.raw.bytes
        var positions: [UInt64] = []
        var cursor = try transaction.cursor(in: tables.history)
        var isFound = try cursor.seek(before: (id + end.bigEndianBytes).span)
        while isFound, positions.count < limit, cursor.key.count == 24, cursor.key.extracting(0..<16).copy() == id {
            let first = cursor.key.bigEndian(at: 16)
            let row = Self.positions(cursor.value, first: first).filter { $0 >= start && $0 < end }
            positions += row.reversed().prefix(limit - positions.count)
            guard first > start else { break }
            isFound = try cursor.previous()
        }
        return positions
    }
}

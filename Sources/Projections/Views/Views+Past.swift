internal import Bytes
internal import EventLog
public import KeyEvents
internal import Storage

extension Views {
    /// Returns the usage of keys by the records before `end`, which the views must have read. A key without events by then gets an
    /// empty usage. The cost is no more than that of reading one interval of the log, whatever `end` is; for few keys, that of reading
    /// their own events in it.
    ///
    /// - Parameters:
    ///   - keys: The keys.
    ///   - end: The position before which records count.
    /// - Returns: The usages in the order of `keys`.
    /// - Throws: `LogError` where the views or the log are damaged, or the views have not read so far; `StorageError` where they cannot
    ///   be read.
    public func usage(of keys: [KeyID], before end: UInt64) throws -> [KeyUsage] {
        let start = snapshots.start(of: end)
        let found: PastUsage? = try reading { generation, transaction in
            guard let progress = try generation.progress(transaction), progress.next >= end else { return nil }
            return try PastUsage(keys, from: start, before: end, snapshots, generation.tables, transaction)
        }
        // Views that are behind are not damaged: the caller has to catch them up first.
        guard var past = found else {
            throw LogError.derivedDamaged(what: "usage and histories: they have not read the log up to position \(end)")
        }
        try past.fold(reader)
        return past.usage
    }

    /// Returns the positions of the lifecycle events of keys. Uses and refusals are not among them.
    ///
    /// - Parameters:
    ///   - keys: The keys.
    ///   - end: The position before which the events are.
    /// - Returns: The positions in the order of `keys`, each list ascending.
    /// - Throws: `LogError` where the views are damaged; `StorageError` where they cannot be read.
    public func lifecyclePositions(of keys: [KeyID], before end: UInt64) throws -> [[UInt64]] {
        try reading { generation, transaction in
            var cursor = try transaction.cursor(in: generation.tables.lifecycle)
            return try keys.map { key in
                let id = key.raw.bytes
                var positions: [UInt64] = []
                var isFound = try cursor.seek(id.span)
                while isFound, cursor.key.count == 24, cursor.key.extracting(0..<16).copy() == id, cursor.key.bigEndian(at: 16) < end {
                    positions.append(cursor.key.bigEndian(at: 16))
                    isFound = try cursor.next()
                }
                return positions
            }
        }
    }
}

/// The computation of the usage as of a position: the usage that was stored before the interval of that position, and the records
/// since.
private struct PastUsage {
    /// The usages in the order of the requested keys.
    private(set) var usage: [KeyUsage] = []
    private let start: UInt64
    private let end: UInt64
    /// The indices in `usage` of the keys with events since `start`.
    private var places: [KeyID: Int] = [:]
    /// The positions of the records to be read, ascending; `nil` where there are so many that the whole interval is read instead.
    private var positions: [UInt64]? = []

    /// The cost of looking up a single record, relative to that of the next record of a scan.
    private static let costOfLookup: UInt64 = 10

    init(
        _ keys: [KeyID], from start: UInt64, before end: UInt64, _ snapshots: UsageSnapshots, _ tables: ViewTables,
        _ transaction: borrowing ReadTransaction
    ) throws {
        self.start = start
        self.end = end
        usage.reserveCapacity(keys.count)
        for key in keys {
            let newest = try KeyUsage.stored(key, tables, transaction) ?? KeyUsage()
            guard newest.events > 0, newest.lastPosition >= end else {
                // The key has had no event since.
                usage.append(newest)
                continue
            }
            if start < end { places[key] = usage.count }
            usage.append(try snapshots.usage(of: key, before: start, tables, transaction) ?? KeyUsage())
        }
        let maxLookups = Int((end - start) / Self.costOfLookup)
        var found: [UInt64] = []
        for key in places.keys where found.count <= maxLookups {
            found += try HistoryRow.positions(of: key, from: start, before: end, limit: maxLookups + 1 - found.count, tables, transaction)
        }
        positions = found.count > maxLookups ? nil : found.sorted()
    }

    /// Adds the records since `start`.
    mutating func fold(_ reader: LogReader) throws {
        guard !places.isEmpty else { return }
        guard let positions else { return try foldAll(reader) }
        for first in stride(from: 0, to: positions.count, by: 10_000) {
            try reader.environment.read { transaction in
                for position in positions[first..<min(first + 10_000, positions.count)] {
                    let next = try reader.scan(from: position, limit: 1, transaction) { position, record, _ in
                        try add(record, at: position)
                        return true
                    }
                    if next == position { throw LogError.missing(position: position) }
                }
            }
        }
    }

    private mutating func foldAll(_ reader: LogReader) throws {
        var next = start
        while next < end {
            let reached = try reader.scan(from: next, limit: Int(min(10_000, end - next))) { position, record in
                try add(record, at: position)
                return true
            }
            if reached == next { throw LogError.missing(position: next) }
            next = reached
        }
    }

    private mutating func add(_ record: Span<UInt8>, at position: UInt64) throws {
        let use = UseSummary(record)
        guard let key = use?.keyID ?? EventHeader(record)?.keyID else {
            throw LogError.damaged(position: position, what: "the record cannot be decoded")
        }
        if let place = places[key] { usage[place].add(use, at: position) }
    }
}

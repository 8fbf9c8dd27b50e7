internal import Bytes
internal import EventLog
internal import KeyEvents
internal import Storage

/// A range of the log that is added up in memory and written key by key: one B-tree write per key and table instead of one per
/// event, and neighbouring keys together.
struct ViewBatch {
    /// The maximum number of records that are added up at a time when much is to be read.
    static let maxRecords = 200_000
    /// The number of keys that a batch may hold in any case. LMDB allows 131,071 dirty pages in a transaction, and each key may
    /// dirty seven: see `dirtyPagesPerKey`.
    static let minKeys = 17_000

    /// The pages of each table, among those that exist, that a key with new events may dirty: those of the row that is replaced,
    /// or those where rows are added.
    private static func dirtyPagesPerKey(_ tables: ViewTables) -> [(table: Table, pages: Int)] {
        [(tables.usage, 1), (tables.hours, 1), (tables.days, 1), (tables.lifecycle, 1), (tables.snapshots, 1), (tables.history, 2)]
    }

    /// Keys a batch of so many records may be about where the tables are as they are: no more of their pages can be dirtied than there are.
    /// Where each of many keys has a few events, that makes a few large batches of hundreds of small ones, each of which would write all
    /// pages anew. Of few records, as in most batches, the tables need not be looked at.
    static func keyBudget(of records: UInt64, _ tables: ViewTables, _ transaction: borrowing WriteTransaction) throws -> Int {
        if records <= minKeys { return minKeys }
        var dirtyPagesPerKey: [(existing: Int, perKey: Int)] = []
        for (table, pages) in Self.dirtyPagesPerKey(tables) { dirtyPagesPerKey.append((try transaction.pages(of: table), pages)) }
        return keyBudget(dirtyPagesPerKey)
    }

    static func keyBudget(_ dirtyPagesPerKey: [(existing: Int, perKey: Int)]) -> Int {
        let fitting = [200_000, 140_000, 100_000, 70_000, 50_000, 35_000, 25_000].first { keys in
            // The new rows take half-filled pages: 160 bytes a record, and 400 a key.
            let added = maxRecords * 160 / 2048 + keys * 400 / 2048
            return dirtyPagesPerKey.reduce(added) { $0 + min($1.existing, keys * $1.perKey) } <= maxPages
        }
        return fitting ?? minKeys
    }

    /// The page budget of a transaction, which is somewhat less than LMDB allows.
    private static let maxPages = 120_000

    private struct Item {
        let position: UInt64
        /// The index of the key in `keys`.
        let key: Int
        let count: UInt64
        let secretID: UInt32
        let firstAt: Timestamp
        let lastAt: Timestamp
        /// The time by which the item is counted, so that the sum over a range of the log is the sum of its hours and days.
        let recordedAt: Timestamp
        let code: RefusalCode?
        let isPresentation: Bool
    }

    private var places: [KeyID: Int] = [:]
    private var keys: [KeyID] = []
    private var items: [Item] = []
    /// The changes of accounts' rules that were read.
    private var ruleChanges: [(account: AccountID, position: UInt64)] = []
    private(set) var next: UInt64
    private(set) var lastLeaf: Digest32?
    private let snapshots: UsageSnapshots
    private let keyBudget: Int

    init(from progress: ViewProgress, snapshots: UsageSnapshots = UsageSnapshots(), keyBudget: Int = Self.minKeys) {
        self.snapshots = snapshots
        self.keyBudget = keyBudget
        next = progress.next
        lastLeaf = progress.lastLeaf
    }

    /// Reads up to `limit` records, or up to `end`, or as many keys as a batch holds.
    mutating func read(from reader: LogReader, limit: Int, end: UInt64 = .max) throws {
        let stop = min(end, next.saturatingAdding(UInt64(limit)))
        items.reserveCapacity(min(limit, 4096))
        while next < stop, keys.count < keyBudget {
            let start = next
            try reader.environment.read { transaction in
                next = try reader.scan(from: start, limit: Int(min(10_000, stop - start)), transaction) { position, record, leaf in
                    try add(record, at: position)
                    lastLeaf = leaf
                    return keys.count < keyBudget
                }
            }
            if next == start { return }
        }
    }

    private mutating func add(_ record: Span<UInt8>, at position: UInt64) throws {
        if let use = UseSummary(record) {
            if use.hasRequirements { try checkFeatures(record, at: position) }
            items.append(
                Item(
                    position: position, key: place(of: use.keyID), count: use.count, secretID: use.secretID, firstAt: use.firstAt,
                    lastAt: use.decidedAt, recordedAt: use.recordedAt,
                    code: use.code, isPresentation: true))
        } else {
            guard let header = EventHeader(record) else {
                throw LogError.damaged(position: position, what: "the record cannot be decoded")
            }
            if header.hasRequirements { try checkFeatures(record, at: position) }
            // An event that concerns no key is in no statistic of one.
            if header.keyID == .none {
                if header.bodyField == EventType.accountChanged.bodyField {
                    ruleChanges.append((try LogReader.decode(record, at: position).accountID, position))
                }
                return
            }
            items.append(
                Item(
                    position: position, key: place(of: header.keyID), count: 0, secretID: 0, firstAt: header.recordedAt,
                    lastAt: header.recordedAt, recordedAt: header.recordedAt, code: nil, isPresentation: false))
        }
    }

    private func checkFeatures(_ record: Span<UInt8>, at position: UInt64) throws {
        try LogMeta.checkFeatures(LogReader.decode(record, at: position).requires)
    }

    /// The beginning of an account's keys in the table `rules`.
    static func rulesPrefix(_ account: AccountID) -> [UInt8] { Array(account.description.utf8) + [0] }

    private mutating func place(of key: KeyID) -> Int {
        if let place = places[key] { return place }
        places[key] = keys.count
        keys.append(key)
        return keys.count - 1
    }

    /// Adds all that was read to the tables, in the order of the keys.
    func write(to tables: ViewTables, logID: Bytes16, _ transaction: inout WriteTransaction) throws {
        // The items are sorted by key, in the order of the log, by a counting sort.
        var starts = [Int](repeating: 0, count: keys.count + 1)
        for item in items { starts[item.key + 1] += 1 }
        for place in 0..<keys.count { starts[place + 1] += starts[place] }
        var sorted = [Int](repeating: 0, count: items.count)
        var fill = starts
        for (index, item) in items.enumerated() {
            sorted[fill[item.key]] = index
            fill[item.key] += 1
        }
        for place in keys.indices.sorted(by: { keys[$0] < keys[$1] }) {
            try write(keys[place], sorted[starts[place]..<starts[place + 1]], tables, &transaction)
        }
        for item in items where !item.isPresentation {
            try transaction.put(item.position.bigEndianBytes, keys[item.key].raw.bytes, in: tables.changes, mode: .append)
        }
        for change in ruleChanges {
            try transaction.put(Self.rulesPrefix(change.account) + change.position.bigEndianBytes, [], in: tables.rules)
        }
        let progress = ViewProgress(logID: logID, next: next, lastLeaf: lastLeaf)
        try transaction.put(ViewGeneration.progressKey, progress.encode(), in: tables.meta)
    }

    private func write(_ key: KeyID, _ indices: ArraySlice<Int>, _ tables: ViewTables, _ transaction: inout WriteTransaction) throws {
        let id = key.raw.bytes
        var usage = try KeyUsage.stored(key, tables, transaction) ?? KeyUsage()
        var hours = BucketRun(table: tables.hours, .hour)
        var days = BucketRun(table: tables.days, .day)
        var row = try historyRow(of: usage, id, tables, transaction)
        for index in indices {
            let item = items[index]
            try snapshots.keep(usage, id, before: item.position, tables, &transaction)
            usage.addEvent(at: item.position)
            if !HistoryRow.hasRoom(usage, for: item.position) {
                if usage.historyRowCount > 0 { try transaction.put(id + usage.historyRow.bigEndianBytes, row, in: tables.history) }
                row = []
                usage.historyRow = item.position
                usage.historyRowCount = 0
            }
            row.append(bigEndian: UInt32(truncatingIfNeeded: item.position - usage.historyRow))
            usage.historyRowCount += 1
            guard item.isPresentation else {
                try transaction.put(id + item.position.bigEndianBytes, [], in: tables.lifecycle)
                continue
            }
            usage.addUses(item.count, item.code, of: item.secretID, from: item.firstAt, to: item.lastAt)
            try hours.add(item.count, item.code, at: item.recordedAt, id, &transaction)
            try days.add(item.count, item.code, at: item.recordedAt, id, &transaction)
        }
        try transaction.put(id + usage.historyRow.bigEndianBytes, row, in: tables.history)
        try hours.flush(id, &transaction)
        try days.flush(id, &transaction)
        try transaction.put(id, RowCheck.checked(usage.encode(), key: id), in: tables.usage)
    }

    /// Returns the newest history row of a key, to which further positions are added.
    private func historyRow(
        of usage: KeyUsage, _ id: [UInt8], _ tables: ViewTables, _ transaction: borrowing WriteTransaction
    ) throws -> [UInt8] {
        if usage.historyRowCount == 0 { return [] }
        guard let row = try transaction.get((id + usage.historyRow.bigEndianBytes).span, in: tables.history),
            row.count == Int(usage.historyRowCount) * 4
        else { throw LogError.derivedDamaged(what: "a key's history") }
        return row.copy()
    }
}

/// Adds up events as long as they fall into the same hour or day, and writes the sum when they leave it.
private struct BucketRun {
    let table: Table
    /// The width of a bucket: the number of its bucket is stored, which is computed for every record.
    let widthSeconds: Int64
    private var bucket: UInt32?
    private var counts = UsageCounts()

    init(table: Table, _ bucket: Views.Bucket) {
        self.table = table
        widthSeconds = bucket.width.wholeSeconds
    }

    mutating func add(
        _ count: UInt64, _ code: RefusalCode?, at time: Timestamp, _ id: [UInt8], _ transaction: inout WriteTransaction
    ) throws {
        let bucket = UInt32(clamping: time.second / widthSeconds)
        if bucket != self.bucket {
            try flush(id, &transaction)
            self.bucket = bucket
        }
        counts.add(count, code)
    }

    mutating func flush(_ id: [UInt8], _ transaction: inout WriteTransaction) throws {
        guard let bucket else { return }
        let key = id + bucket.bigEndianBytes
        if let stored = try transaction.get(key.span, in: table) { counts.add(try UsageCounts.stored(stored, key: key.span)) }
        try transaction.put(key, RowCheck.checked(counts.encode(), key: key), in: table)
        counts = UsageCounts()
        self.bucket = nil
    }
}

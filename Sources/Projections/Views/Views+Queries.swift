internal import Bytes
internal import EventLog
public import KeyEvents
internal import Storage

extension Views {
    /// Returns the position up to which the views have read the log.
    public func position() throws -> UInt64 {
        try reading { generation, transaction in try generation.progress(transaction)?.next ?? 0 }
    }

    /// Returns the position up to which the views have read this log, by the rules of this version; `nil` where they are of another
    /// log, or were filled by other code, so that their statements about any position may be wrong.
    public func exactPosition() throws -> UInt64? {
        guard let progress = try reading({ generation, transaction in try generation.progress(transaction) }) else { return 0 }
        return try progress.version == ViewProgress.codeVersion && progress.matches(reader) ? progress.next : nil
    }

    public func usage(of keys: [KeyID]) throws -> [KeyID: KeyUsage] {
        try reading { generation, transaction in
            var usage: [KeyID: KeyUsage] = [:]
            for key in keys {
                usage[key] = try KeyUsage.stored(key, generation.tables, transaction)
            }
            return usage
        }
    }

    /// The secrets of a key that were ever accepted, among the newest, by the records before `next`.
    public struct SecretUses: Sendable {
        public let used: Set<UInt32>
        public let next: UInt64
    }

    /// Returns the secrets of a key that were ever accepted. The method catches up the views first.
    @available(*, noasync)
    public func secretUses(of key: KeyID) throws -> SecretUses {
        try catchUp()
        return try reading { generation, transaction in
            let usage = try KeyUsage.stored(key, generation.tables, transaction)
            return SecretUses(used: Set(usage?.secretUses.keys.map(\.self) ?? []), next: try generation.progress(transaction)?.next ?? 0)
        }
    }

    /// Calls `body` with the number of uses and the time of the last use of each key that has events, in the order of the ids. Returns
    /// the position up to which the views had read the log. The method takes one read transaction: a million rows take a fraction of a
    /// second.
    @discardableResult
    public func forEachUsage(_ body: (KeyID, _ uses: UInt64, _ lastUsedAt: Timestamp?) throws -> Void) throws -> UInt64 {
        try reading { generation, transaction in
            var cursor = try transaction.cursor(in: generation.tables.usage)
            var isFound = try cursor.first()
            while isFound {
                guard cursor.key.count == 16, let usage = KeyUsage.uses(cursor.value, key: cursor.key) else {
                    throw LogError.derivedDamaged(what: "the usage of a key")
                }
                let key = KeyID(Bytes16(high: cursor.key.bigEndian(), low: cursor.key.bigEndian(at: 8)))
                try body(key, usage.uses, usage.lastUsedAt)
                isFound = try cursor.next()
            }
            return try generation.progress(transaction)?.next ?? 0
        }
    }

    /// Returns the keys that the events from `position` on were about, uses and refusals aside, and the position to continue from.
    public func changedKeys(
        from position: UInt64, limit: Int
    ) throws -> (keys: [(position: UInt64, key: KeyID)], next: UInt64) {
        try reading { generation, transaction in
            // Older code filled the other generations without this table.
            guard let progress = try generation.progress(transaction), progress.version == ViewProgress.codeVersion else {
                return ([], position)
            }
            var keys: [(position: UInt64, key: KeyID)] = []
            var cursor = try transaction.cursor(in: generation.tables.changes)
            var isFound = try cursor.seek(position)
            while isFound {
                guard keys.count < limit else { return (keys, keys.last.map { $0.position.saturatingAdding(1) } ?? position) }
                guard cursor.key.count == 8, let raw = Bytes16(cursor.value.copy()) else {
                    throw LogError.derivedDamaged(what: "the order of changes")
                }
                keys.append((cursor.key.bigEndian(), KeyID(raw)))
                isFound = try cursor.next()
            }
            return (keys, max(position, progress.next))
        }
    }

    /// Returns the positions of all keys' events from `start` on and before `end`, newest first; uses and refusals aside.
    public func newestChanges(from start: UInt64, before end: UInt64, limit: Int) throws -> [UInt64] {
        try reading { generation, transaction in
            // Older code filled the other generations without this table.
            guard let progress = try generation.progress(transaction), progress.version == ViewProgress.codeVersion else { return [] }
            var positions: [UInt64] = []
            var cursor = try transaction.cursor(in: generation.tables.changes)
            var isFound = try cursor.seek(before: end.bigEndianBytes.span)
            while isFound, positions.count < limit, cursor.key.count == 8 {
                let position: UInt64 = cursor.key.bigEndian()
                guard position >= start else { break }
                positions.append(position)
                isFound = try cursor.previous()
            }
            return positions
        }
    }

    public enum Bucket: Sendable {
        case hour, day

        public var width: Duration { .seconds(self == .hour ? 3600 : 86_400) }

        /// The beginning of the hour or day (UTC) that `time` lies in.
        public func start(of time: Timestamp) -> Timestamp { start(ofNumber: number(of: time)) }

        /// The number of the hour or day that `time` lies in, counted from the epoch. The keys of the tables end with it.
        fileprivate func number(of time: Timestamp) -> Int64 { time.second / width.wholeSeconds }

        fileprivate func start(ofNumber number: Int64) -> Timestamp { Timestamp(seconds: number * width.wholeSeconds) }
    }

    /// Returns the hours or days from `start` on and before `end` in which the key was presented, in order, with their beginnings.
    public func buckets(
        _ bucket: Bucket, of key: KeyID, from start: Timestamp, to end: Timestamp, limit: Int
    ) throws -> [(start: Timestamp, counts: UsageCounts)] {
        try reading { generation, transaction in
            try Self.buckets(bucket, of: key, from: start, to: end, limit: limit, generation, transaction)
        }
    }

    /// The figures of a key by the records before one position, so that they agree with one another.
    public struct Figures: Sendable {
        public let usage: KeyUsage
        /// The hours or days in which the key was presented, in order, with their beginnings.
        public let buckets: [(start: Timestamp, counts: UsageCounts)]
        /// The position before which records are counted.
        public let end: UInt64
    }

    /// Returns a key's usage, and its hours or days from `start` on and before `end`, as one transaction sees them.
    public func figures(of key: KeyID, per bucket: Bucket, from start: Timestamp, to end: Timestamp) throws -> Figures {
        try reading { generation, transaction in
            Figures(
                usage: try KeyUsage.stored(key, generation.tables, transaction) ?? KeyUsage(),
                buckets: try Self.buckets(bucket, of: key, from: start, to: end, limit: .max, generation, transaction),
                end: try generation.progress(transaction)?.next ?? 0)
        }
    }

    private static func buckets(
        _ bucket: Bucket, of key: KeyID, from start: Timestamp, to end: Timestamp, limit: Int, _ generation: ViewGeneration,
        _ transaction: borrowing ReadTransaction
    ) throws -> [(start: Timestamp, counts: UsageCounts)] {
        let id = key.raw.bytes
        let table = bucket == .hour ? generation.tables.hours : generation.tables.days
        var found: [(start: Timestamp, counts: UsageCounts)] = []
        var cursor = try transaction.cursor(in: table)
        var isFound = try cursor.seek((id + UInt32(clamping: bucket.number(of: start)).bigEndianBytes).span)
        while isFound, found.count < limit, cursor.key.count == 20, cursor.key.extracting(0..<16).copy() == id {
            let number = cursor.key.bigEndian(at: 16, as: UInt32.self)
            let beginning = bucket.start(ofNumber: Int64(number))
            guard beginning < end else { break }
            found.append((beginning, try UsageCounts.stored(cursor.value, key: cursor.key)))
            isFound = try cursor.next()
        }
        return found
    }

    /// Returns the last hours or days in which the key was presented, newest first; only those that begin before `end`, if given.
    public func newestBuckets(
        _ bucket: Bucket, of key: KeyID, before end: Timestamp?, limit: Int
    ) throws -> [(start: Timestamp, counts: UsageCounts)] {
        let id = key.raw.bytes
        // The bound is rounded up: an hour that has begun by then began before it.
        let bound = end.map { UInt32(clamping: bucket.number(of: $0) + 1).bigEndianBytes } ?? [UInt8](repeating: 0xFF, count: 5)
        return try reading { generation, transaction in
            let table = bucket == .hour ? generation.tables.hours : generation.tables.days
            var found: [(start: Timestamp, counts: UsageCounts)] = []
            var cursor = try transaction.cursor(in: table)
            var isFound = try cursor.seek(before: (id + bound).span)
            while isFound, found.count < limit, cursor.key.count == 20, cursor.key.extracting(0..<16).copy() == id {
                let beginning = bucket.start(ofNumber: Int64(cursor.key.bigEndian(at: 16, as: UInt32.self)))
                if end.map({ beginning < $0 }) ?? true { found.append((beginning, try UsageCounts.stored(cursor.value, key: cursor.key))) }
                isFound = try cursor.previous()
            }
            return found
        }
    }

    /// Returns the positions of the key's events before `end`, or of all, newest first; uses and refusals aside.
    public func lifecyclePositions(of key: KeyID, before end: UInt64?, limit: Int) throws -> [UInt64] {
        let id = key.raw.bytes
        return try reading { generation, transaction in
            var positions: [UInt64] = []
            var cursor = try transaction.cursor(in: generation.tables.lifecycle)
            var isFound = try cursor.seek(before: (id + (end?.bigEndianBytes ?? [UInt8](repeating: 0xFF, count: 9))).span)
            while isFound, positions.count < limit, cursor.key.count == 24, cursor.key.extracting(0..<16).copy() == id {
                positions.append(cursor.key.bigEndian(at: 16))
                isFound = try cursor.previous()
            }
            return positions
        }
    }

    /// Returns the position of the newest change of an account's rules before `end`; `nil` where there is none.
    public func newestRulesChange(of account: AccountID, before end: UInt64) throws -> UInt64? {
        let prefix = ViewBatch.rulesPrefix(account)
        return try reading { generation, transaction in
            var cursor = try transaction.cursor(in: generation.tables.rules)
            guard try cursor.seek(before: (prefix + end.bigEndianBytes).span), cursor.key.count == prefix.count + 8,
                cursor.key.extracting(0..<prefix.count).copy() == prefix
            else { return nil }
            let position: UInt64 = cursor.key.bigEndian(at: prefix.count)
            return position
        }
    }

    /// Returns the positions of the key's events from `start` on, ascending. The cost grows with the result, not with the log.
    public func history(of key: KeyID, from start: UInt64, limit: Int) throws -> [UInt64] {
        try reading { generation, transaction in
            try HistoryRow.positions(of: key, from: start, limit: limit, generation.tables, transaction)
        }
    }

    /// Returns the positions of the key's events from `start` on and before `end`, newest first. The cost grows with the result, not
    /// with the log.
    public func newestHistory(of key: KeyID, from start: UInt64, before end: UInt64, limit: Int) throws -> [UInt64] {
        try reading { generation, transaction in
            try HistoryRow.newestPositions(of: key, from: start, before: end, limit: limit, generation.tables, transaction)
        }
    }
}

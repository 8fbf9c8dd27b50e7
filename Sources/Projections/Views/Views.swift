public import EventLog
internal import Glibc
public import KeyEvents
internal import LMDB
internal import Synchronization

/// Usage statistics and histories, brought forward when somebody asks, by whichever process is asked.
///
/// Generations stand side by side in numbered folders. The lowest that is not superseded is in force; a rebuild fills the
/// next, and one commit in the old one makes it the truth for every process.
public final class Views: Sendable {
    private let folder: ViewFolder
    private let reader: LogReader
    private let generation: Mutex<Generation>

    /// Opens what is there, or begins the first generation; an empty one fills at the first question.
    public init(path: String, reader: LogReader) throws {
        try Folder.make(path)
        folder = ViewFolder(path: path)
        self.reader = reader
        generation = Mutex(try Self.openCurrent(folder))
    }

    private static func openCurrent(_ folder: ViewFolder) throws -> Generation {
        for _ in 0..<100 {
            let numbers = folder.numbers()
            let number = numbers.first ?? 1
            if numbers.isEmpty { try folder.make("1") }
            do {
                var generation = try Generation(folder: folder.path, number: number)
                while let next = try generation.environment.read({ try generation.successor($0) }) {
                    generation = try Generation(folder: folder.path, number: next)
                }
                return generation
            } catch LMDBError.missing {
                // Superseded and removed between looking and opening: look again.
                usleep(10_000)
            }
        }
        throw LMDBError.missing(path: folder.path)
    }

    /// The generation in force, following the marks that rebuilds have left.
    private func current() throws -> Generation {
        try generation.withLock { generation in
            while let next = try generation.environment.read({ [generation] in try generation.successor($0) }) {
                do {
                    generation = try Generation(folder: folder.path, number: next)
                } catch LMDBError.missing {
                    // Superseded in its turn, and removed.
                    generation = try Self.openCurrent(folder)
                }
            }
            return generation
        }
    }

    // MARK: Catching up

    /// Reads the log to its head. Answers the position after the last record the views reflect.
    @available(*, noasync)
    @discardableResult
    public func catchUp(progress: (UInt64) -> Void = { _ in }) throws -> UInt64 {
        while true {
            let generation = try current()
            let head = try reader.environment.read { try reader.next($0) }
            let known = try generation.environment.read { try generation.progress($0) }
            if let known, known.version > ViewProgress.codeVersion {
                throw LogError.newerVersion(found: known.version, known: ViewProgress.codeVersion)
            }
            if let known, try known.version < ViewProgress.codeVersion || !known.matches(reader) {
                try rebuild(progress: progress)
                continue
            }
            if let known, known.next >= head { return known.next }
            let end = try advance(generation, limit: ViewBatch.largest, end: .max)
            if let end { progress(end) }
            if let end, end >= head { return end }
        }
    }

    /// One batch into a generation; answers the position reached, `nil` when the generation was superseded meanwhile.
    private func advance(_ generation: Generation, limit: Int, end: UInt64) throws -> UInt64? {
        let logID = try reader.logID()
        return try generation.environment.write { transaction in
            guard try generation.successor(transaction) == nil else { return nil }
            let known = try generation.progress(transaction) ?? ViewProgress(logID: logID, next: 0, lastLeaf: nil)
            var batch = ViewBatch(from: known)
            try batch.read(from: reader, limit: limit, end: end)
            if batch.next > known.next { try batch.write(to: generation.tables, logID: logID, &transaction) }
            return batch.next
        }
    }

    // MARK: Rebuilding

    /// Fills the next generation beside the one in force, then puts it in force. Answers the position it reflects up to.
    @available(*, noasync)
    @discardableResult
    public func rebuild(progress: (UInt64) -> Void) throws -> UInt64 {
        let lock = try FileLock(path: folder.path + "/rebuild.lock")
        lock.lock()
        defer { lock.unlock() }
        let old = try current()
        let number = old.number + 1
        for leftover in folder.numbers() where leftover != old.number { folder.remove(String(leftover)) }
        try folder.make(String(number))
        // The bulk, while everybody goes on with the old one.
        try build(number, progress: progress)
        let reached = try generation.withLock { generation in
            let reached = try old.environment.write { transaction in
                // Nobody can bring the old one forward now, so the new one is never behind it.
                let reached = try build(number, progress: progress)
                try old.supersede(by: number, &transaction)
                return reached
            }
            // Still locked: others here would find the mark and open the new one too, which only one may.
            generation = try Generation(folder: folder.path, number: number)
            return reached
        }
        folder.remove(String(old.number))
        return reached
    }

    /// Brings a generation that nobody uses yet to the head; durable and closed on return.
    @discardableResult
    private func build(_ number: UInt64, progress: (UInt64) -> Void) throws -> UInt64 {
        let new = try Generation(folder: folder.path, number: number, isBeingBuilt: true)
        let reached = try fill(new, progress: progress)
        try new.environment.sync()
        return reached
    }

    /// Reads the log to where its head is now.
    @discardableResult
    private func fill(_ generation: Generation, progress: (UInt64) -> Void, end: UInt64? = nil) throws -> UInt64 {
        let head = try end ?? reader.environment.read { try reader.next($0) }
        var reached: UInt64 = 0
        while true {
            let next = try advance(generation, limit: ViewBatch.largest, end: head) ?? head
            progress(next)
            // A log that was rolled back beneath the views ends before what they have read.
            if next >= head || next == reached { return next }
            reached = next
        }
    }

    // MARK: Reading

    /// How far the views have read the log.
    public func position() throws -> UInt64 {
        let generation = try current()
        return try generation.environment.read { try generation.progress($0)?.next ?? 0 }
    }

    public func usage(of keys: [KeyID]) throws -> [KeyID: KeyUsage] {
        let generation = try current()
        return try generation.environment.read { transaction in
            var usage: [KeyID: KeyUsage] = [:]
            for key in keys {
                usage[key] = try KeyUsage.stored(key, generation.tables, transaction)
            }
            return usage
        }
    }

    /// How often each key that has events was used, and when last, in the order of the ids. Answers how far the views had read
    /// the log. One read transaction: a million rows take a fraction of a second.
    @discardableResult
    public func forEachUsage(_ body: (KeyID, _ uses: UInt64, _ lastUsedAt: Timestamp?) throws -> Void) throws -> UInt64 {
        let generation = try current()
        return try generation.environment.read { transaction in
            var cursor = try transaction.cursor(in: generation.tables.usage)
            var isFound = try cursor.first()
            while isFound {
                if cursor.key.count == 16, let usage = KeyUsage.uses(cursor.value) {
                    let key = KeyID(Bytes16(high: cursor.key.bigEndian(), low: cursor.key.bigEndian(at: 8)))
                    try body(key, usage.uses, usage.lastUsedAt)
                }
                isFound = try cursor.next()
            }
            return try generation.progress(transaction)?.next ?? 0
        }
    }

    /// Which keys the events from `position` on were about, uses and refusals aside, and the position to go on from.
    public func changedKeys(
        from position: UInt64, limit: Int
    ) throws -> (keys: [(position: UInt64, key: KeyID)], next: UInt64) {
        let generation = try current()
        return try generation.environment.read { transaction in
            // Older code filled the others without this table.
            guard let progress = try generation.progress(transaction), progress.version == ViewProgress.codeVersion else {
                return ([], position)
            }
            var keys: [(position: UInt64, key: KeyID)] = []
            var cursor = try transaction.cursor(in: generation.tables.changes)
            var isFound = try cursor.seek(position)
            while isFound {
                guard keys.count < limit else { return (keys, keys.last.map { $0.position + 1 } ?? position) }
                if let raw = Bytes16(cursor.value.copy()) { keys.append((cursor.key.bigEndian(), KeyID(raw))) }
                isFound = try cursor.next()
            }
            return (keys, max(position, progress.next))
        }
    }

    public enum Bucket: Sendable {
        case hour, day

        /// In seconds.
        public var width: Int64 { self == .hour ? 3600 : 86_400 }
    }

    /// The hours or days from `start` on and before `end` in which the key was presented, in order, with their beginnings.
    public func buckets(
        _ bucket: Bucket, of key: KeyID, from start: Timestamp, to end: Timestamp, limit: Int
    ) throws -> [(start: Timestamp, counts: UsageCounts)] {
        let generation = try current()
        let table = bucket == .hour ? generation.tables.hours : generation.tables.days
        let id = key.raw.bytes
        return try generation.environment.read { transaction in
            var found: [(start: Timestamp, counts: UsageCounts)] = []
            var cursor = try transaction.cursor(in: table)
            var isFound = try cursor.seek((id + UInt32(clamping: start.second / bucket.width).bigEndianBytes).span)
            while isFound, found.count < limit, cursor.key.count == 20, cursor.key.extracting(0..<16).copy() == id {
                let number = cursor.key.bigEndian(at: 12) & 0xFFFF_FFFF
                let beginning = Timestamp(seconds: Int64(number) * bucket.width)
                guard beginning < end else { break }
                if let counts = UsageCounts(cursor.value) { found.append((beginning, counts)) }
                isFound = try cursor.next()
            }
            return found
        }
    }

    /// The last hours or days in which the key was presented, newest first; only those that begin before `end`, if given.
    public func newestBuckets(
        _ bucket: Bucket, of key: KeyID, before end: Timestamp?, limit: Int
    ) throws -> [(start: Timestamp, counts: UsageCounts)] {
        let generation = try current()
        let table = bucket == .hour ? generation.tables.hours : generation.tables.days
        let id = key.raw.bytes
        // Rounded up: of an hour that has begun by then, the beginning lies before.
        let bound = end.map { UInt32(clamping: $0.second / bucket.width + 1).bigEndianBytes } ?? [UInt8](repeating: 0xFF, count: 5)
        return try generation.environment.read { transaction in
            var found: [(start: Timestamp, counts: UsageCounts)] = []
            var cursor = try transaction.cursor(in: table)
            var isFound = try cursor.seek(before: (id + bound).span)
            while isFound, found.count < limit, cursor.key.count == 20, cursor.key.extracting(0..<16).copy() == id {
                let beginning = Timestamp(seconds: Int64(cursor.key.bigEndian(at: 12) & 0xFFFF_FFFF) * bucket.width)
                if end.map({ beginning < $0 }) ?? true, let counts = UsageCounts(cursor.value) { found.append((beginning, counts)) }
                isFound = try cursor.previous()
            }
            return found
        }
    }

    /// Positions of the key's events before `end`, or of all, newest first; uses and refusals aside.
    public func lifePositions(of key: KeyID, before end: UInt64?, limit: Int) throws -> [UInt64] {
        let generation = try current()
        let id = key.raw.bytes
        return try generation.environment.read { transaction in
            var positions: [UInt64] = []
            var cursor = try transaction.cursor(in: generation.tables.life)
            var isFound = try cursor.seek(before: (id + (end?.bigEndianBytes ?? [UInt8](repeating: 0xFF, count: 9))).span)
            while isFound, positions.count < limit, cursor.key.count == 24, cursor.key.extracting(0..<16).copy() == id {
                positions.append(cursor.key.bigEndian(at: 16))
                isFound = try cursor.previous()
            }
            return positions
        }
    }

    /// Positions of the key's events from `start` on, ascending. Costs what it answers, not what the log holds.
    public func history(of key: KeyID, from start: UInt64, limit: Int) throws -> [UInt64] {
        let generation = try current()
        let id = key.raw.bytes
        return try generation.environment.read { transaction in
            var positions: [UInt64] = []
            var cursor = try transaction.cursor(in: generation.tables.history)
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
                let row = HistoryRow.positions(cursor.value, first: cursor.key.bigEndian(at: 16))
                positions += row.filter { $0 >= start }.prefix(limit - positions.count)
                isFound = try cursor.next()
            }
            return positions
        }
    }

    // MARK: Checking

    /// Compares what is in force, as it stands at one moment, with a rebuild to the same position.
    @available(*, noasync)
    public func check(progress: (UInt64) -> Void) throws -> (position: UInt64, differences: DifferenceList) {
        let lock = try FileLock(path: folder.path + "/rebuild.lock")
        lock.lock()
        defer { lock.unlock() }
        let live = try current()
        for leftover in folder.numbers() where leftover != live.number { folder.remove(String(leftover)) }
        let number = live.number + 1
        try folder.make(String(number))
        defer { folder.remove(String(number)) }
        return try compare(live, withRebuiltAs: number, progress: progress)
    }

    private func compare(
        _ live: Generation, withRebuiltAs number: UInt64, progress: (UInt64) -> Void
    ) throws -> (position: UInt64, differences: DifferenceList) {
        let rebuilt = try Generation(folder: folder.path, number: number, isBeingBuilt: true)
        // The bulk first; what was added meanwhile within the view that is compared.
        try fill(rebuilt, progress: progress, end: position())
        var differences = DifferenceList()
        let position = try live.environment.read { transaction in
            let position = try live.progress(transaction)?.next ?? 0
            try fill(rebuilt, progress: progress, end: position)
            try rebuilt.environment.read { expected in
                for name in ViewTables.compared {
                    try differences.compare(
                        "views/" + name, transaction, live.environment.table(name), expected, rebuilt.environment.table(name))
                }
            }
            return position
        }
        return (position, differences)
    }
}

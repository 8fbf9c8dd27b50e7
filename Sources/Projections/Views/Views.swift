internal import Bytes
public import EventLog
internal import Glibc
public import KeyEvents
internal import Storage
internal import Synchronization

/// Usage statistics and histories, brought forward when somebody asks, by whichever process is asked.
///
/// Generations stand side by side in numbered folders. The lowest that is not superseded is in force; a rebuild fills the
/// next, and one commit in the old one makes it the truth for every process.
public final class Views: Sendable {
    private let folder: ViewFolder
    let reader: LogReader
    let snapshots: UsageSnapshots
    private let generation = Mutex<Generation?>(nil)

    /// Opens what is there as long as there is room for it; an empty folder fills at the first question. What is wrong with the
    /// views must not stop what goes on without them: it is told to whoever asks.
    /// `snapshots`: always the same for a folder; tests make small logs of many intervals.
    public init(path: String, reader: LogReader, snapshots: UsageSnapshots = UsageSnapshots()) {
        self.snapshots = snapshots
        folder = ViewFolder(path: path)
        self.reader = reader
        generation.withLock { $0 = try? Self.openCurrent(folder) }
    }

    private static func openCurrent(_ folder: ViewFolder) throws -> Generation {
        try folder.make()
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
            } catch StorageError.missing {
                // Superseded and removed between looking and opening: look again.
                usleep(10_000)
            }
        }
        // A generation that is in force according to another, and is not there: whoever lost it, what it held comes from the log.
        throw LogError.derivedDamaged(what: "which of the generations in \(folder.path) is in force")
    }

    /// The generation in force, following the marks that rebuilds have left.
    func current() throws -> Generation {
        try withCure {
            try generation.withLock { generation in
                // One that is gone without a mark was set aside, since somebody could not read it.
                var current = try generation.flatMap { folder.holds($0.number) ? $0 : nil } ?? Self.openCurrent(folder)
                generation = current
                while let next = try current.environment.read({ [current] in try current.successor($0) }) {
                    do {
                        current = try Generation(folder: folder.path, number: next)
                    } catch StorageError.missing {
                        // Superseded in its turn, and removed.
                        current = try Self.openCurrent(folder)
                    }
                    generation = current
                }
                return current
            }
        }
    }

    /// Says of damaged files what mends them.
    private func withCure<R>(_ body: () throws -> R) throws -> R {
        do { return try body() } catch let error as StorageError where Self.isDamage(error) {
            throw LogError.derivedDamaged(what: "what \(folder.path) holds of usage and histories (\(error))")
        }
    }

    /// Whether a new generation would help. A shortage is no damage, nor is a file that this user may not open.
    private static func isDamage(_ error: StorageError) -> Bool {
        switch error {
        case .corrupted, .panic, .versionMismatch, .notLMDB, .inputOutput, .badValueSize, .unexpected: true
        case .keyExists, .mapFull, .mapResized, .readersFull, .noSpace, .shortage, .notPermitted, .missing, .alreadyOpen,
            .otherPIDNamespace, .lockHeld:
            false
        }
    }

    /// Reads the generation in force. Views are disposable: what is damaged in them is rebuilt from the log, once, and read again.
    func reading<R>(_ body: (Generation, borrowing ReadTransaction) throws -> R) throws -> R {
        try rebuildingOnce { using in
            let generation = try current()
            using(generation.number)
            return try read(generation) { try body(generation, $0) }
        }
    }

    /// `attempt` tells the number of the generation that it is about to use.
    private func rebuildingOnce<R>(_ attempt: (_ using: (UInt64) -> Void) throws -> R) throws -> R {
        var number: UInt64?
        do {
            return try attempt { number = $0 }
        } catch LogError.derivedDamaged {
            _ = try Cancellation.shielded { try rebuild(.unlessReplaced(number)) { _ in } }
            return try attempt { _ in }
        }
    }

    func read<R>(_ generation: Generation, _ body: (borrowing ReadTransaction) throws -> R) throws -> R {
        try withCure { try generation.environment.read(body) }
    }

    // MARK: Catching up

    /// Reads the log to its head. Answers the position after the last record the views reflect.
    @available(*, noasync)
    @discardableResult
    public func catchUp(progress: (UInt64) -> Void = { _ in }) throws -> UInt64 {
        try rebuildingOnce { using in
            using(try current().number)
            return try catchUpAsTheyAre(progress: progress)
        }
    }

    /// As above, but throws where they are damaged.
    @discardableResult
    private func catchUpAsTheyAre(progress: (UInt64) -> Void) throws -> UInt64 {
        while true {
            // What a batch has read is kept; the next to ask goes on from there.
            try Cancellation.check()
            let generation = try current()
            let head = try reader.environment.read { try reader.next($0) }
            let known = try read(generation) { try generation.progress($0) }
            if let known, known.version > ViewProgress.codeVersion {
                throw LogError.newerVersion(found: known.version, known: ViewProgress.codeVersion)
            }
            if let known, try isOutdated(known) {
                _ = try Cancellation.shielded { try rebuild(.ifOutdated, progress: progress) }
                continue
            }
            if let known, known.next >= head { return known.next }
            let end = try Cancellation.shielded { try advance(generation, limit: ViewBatch.largest, end: .max, wanted: head) }
            if let end { progress(end) }
            if let end, end >= head { return end }
        }
    }

    /// Filled by older code, or from another log than there is now.
    private func isOutdated(_ progress: ViewProgress) throws -> Bool {
        try progress.version < ViewProgress.codeVersion || !progress.matches(reader)
    }

    /// One batch into a generation; answers the position reached, `nil` when the generation was superseded meanwhile. Of many who
    /// want the same one writes, and those who waited for it find theirs done: each commit takes the disk from the log's.
    private func advance(_ generation: Generation, limit: Int, end: UInt64, wanted: UInt64 = .max) throws -> UInt64? {
        let (logID, first) = try reader.environment.read { (try reader.logID($0), try reader.firstPosition($0)) }
        return try withCure {
            try generation.environment.write { transaction in
                guard try generation.successor(transaction) == nil else { return nil }
                let known = try generation.progress(transaction) ?? ViewProgress(logID: logID, next: first, lastLeaf: nil)
                if known.next >= wanted { return known.next }
                let mostKeys = try ViewBatch.mostKeys(generation.tables, transaction)
                var batch = ViewBatch(from: known, snapshots: snapshots, mostKeys: mostKeys)
                try batch.read(from: reader, limit: limit, end: end)
                if batch.next > known.next { try batch.write(to: generation.tables, logID: logID, &transaction) }
                return batch.next
            }
        }
    }

    // MARK: Rebuilding

    /// Fills the next generation beside the one in force, then puts it in force. Answers the position it reflects up to.
    @available(*, noasync)
    @discardableResult
    public func rebuild(progress: (UInt64) -> Void) throws -> UInt64 { try rebuild(.always, progress: progress) }

    /// Of many that find the views outdated or damaged, one rebuilds, and those that waited for it have nothing left to do.
    private enum Cause {
        case always
        case ifOutdated
        /// The generation of this number is damaged; `nil`: none could be opened.
        case unlessReplaced(UInt64?)
    }

    @discardableResult
    private func rebuild(_ cause: Cause, progress: (UInt64) -> Void) throws -> UInt64 {
        try folder.make()
        let lock = try FileLock(path: folder.path + "/rebuild.lock")
        try lock.lockWhileHolderRuns()
        defer { lock.unlock() }
        let old = try readable()
        if let reached = try reached(old, cause) { return reached }
        // Not the one that a damaged generation may name as its successor: others would open it while it is being filled.
        let number = old.map { $0.number + 1 } ?? (folder.numbers().last ?? 0) + 2
        if let old { for leftover in folder.numbers() where leftover != old.number { folder.remove(String(leftover)) } }
        try folder.make(String(number))
        // The bulk, while everybody goes on with the old one.
        try build(number, progress: progress)
        let reached = try generation.withLock { generation in
            let reached = try old.map { try supersede($0, by: number, progress: progress) } ?? build(number, progress: progress)
            // Still locked: others here would find the mark and open the new one too, which only one may.
            generation = try Generation(folder: folder.path, number: number)
            return reached
        }
        // The highest first: whoever opens the lowest that is left finds a mark in it, or cannot read it, until it goes too.
        for other in folder.numbers().reversed() where other != number { folder.remove(String(other)) }
        return reached
    }

    /// How far the generation in force has read the log, where it will do.
    private func reached(_ current: Generation?, _ cause: Cause) throws -> UInt64? {
        guard let current else { return nil }
        switch cause {
        case .always: return nil
        case .ifOutdated: break
        case .unlessReplaced(let damaged): if let damaged, current.number <= damaged { return nil }
        }
        guard let known = try? read(current, { try current.progress($0) }), try !isOutdated(known) else { return nil }
        return known.next
    }

    /// `nil` when the generation in force cannot be read: then the new one takes its place without a mark, by removing it.
    private func readable() throws -> Generation? {
        do { return try current() } catch LogError.derivedDamaged { return nil }
    }

    /// Brings the new generation to the head and marks the old one.
    @available(*, noasync)
    private func supersede(_ old: Generation, by number: UInt64, progress: (UInt64) -> Void) throws -> UInt64 {
        do {
            return try old.environment.write { transaction in
                // Nobody can bring the old one forward now, so the new one is never behind it.
                let reached = try build(number, progress: progress)
                // The mark must not outlive a power cut that the folder does not.
                try folder.sync(String(number))
                try old.supersede(by: number, &transaction)
                return reached
            }
        } catch let error as StorageError where Self.isDamage(error) {
            return try build(number, progress: progress)
        }
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
        try reading { generation, transaction in try generation.progress(transaction)?.next ?? 0 }
    }

    /// How far the views have read this log, by the rules of this version; `nil`: they are of another log, or other code filled them, so
    /// what they say of any moment may be wrong.
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

    /// Which secrets of a key were ever accepted, among the newest, by the records before `next`.
    public struct SecretUses: Sendable {
        public let used: Set<UInt32>
        public let next: UInt64
    }

    /// Brings the views to the head first.
    @available(*, noasync)
    public func secretUses(of key: KeyID) throws -> SecretUses {
        try catchUp()
        return try reading { generation, transaction in
            let usage = try KeyUsage.stored(key, generation.tables, transaction)
            return SecretUses(used: Set(usage?.secretUses.keys.map(\.self) ?? []), next: try generation.progress(transaction)?.next ?? 0)
        }
    }

    /// How often each key that has events was used, and when last, in the order of the ids. Answers how far the views had read
    /// the log. One read transaction: a million rows take a fraction of a second.
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

    /// Which keys the events from `position` on were about, uses and refusals aside, and the position to go on from.
    public func changedKeys(
        from position: UInt64, limit: Int
    ) throws -> (keys: [(position: UInt64, key: KeyID)], next: UInt64) {
        try reading { generation, transaction in
            // Older code filled the others without this table.
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

    public enum Bucket: Sendable {
        case hour, day

        /// In seconds.
        public var width: Int64 { self == .hour ? 3600 : 86_400 }

        /// Of the hour or day (UTC) that `time` lies in.
        public func start(of time: Timestamp) -> Timestamp { Timestamp(seconds: time.second / width * width) }
    }

    /// The hours or days from `start` on and before `end` in which the key was presented, in order, with their beginnings.
    public func buckets(
        _ bucket: Bucket, of key: KeyID, from start: Timestamp, to end: Timestamp, limit: Int
    ) throws -> [(start: Timestamp, counts: UsageCounts)] {
        let id = key.raw.bytes
        return try reading { generation, transaction in
            let table = bucket == .hour ? generation.tables.hours : generation.tables.days
            var found: [(start: Timestamp, counts: UsageCounts)] = []
            var cursor = try transaction.cursor(in: table)
            var isFound = try cursor.seek((id + UInt32(clamping: start.second / bucket.width).bigEndianBytes).span)
            while isFound, found.count < limit, cursor.key.count == 20, cursor.key.extracting(0..<16).copy() == id {
                let number = cursor.key.bigEndian(at: 16, as: UInt32.self)
                let beginning = Timestamp(seconds: Int64(number) * bucket.width)
                guard beginning < end else { break }
                found.append((beginning, try UsageCounts.stored(cursor.value, key: cursor.key)))
                isFound = try cursor.next()
            }
            return found
        }
    }

    /// The last hours or days in which the key was presented, newest first; only those that begin before `end`, if given.
    public func newestBuckets(
        _ bucket: Bucket, of key: KeyID, before end: Timestamp?, limit: Int
    ) throws -> [(start: Timestamp, counts: UsageCounts)] {
        let id = key.raw.bytes
        // Rounded up: of an hour that has begun by then, the beginning lies before.
        let bound = end.map { UInt32(clamping: $0.second / bucket.width + 1).bigEndianBytes } ?? [UInt8](repeating: 0xFF, count: 5)
        return try reading { generation, transaction in
            let table = bucket == .hour ? generation.tables.hours : generation.tables.days
            var found: [(start: Timestamp, counts: UsageCounts)] = []
            var cursor = try transaction.cursor(in: table)
            var isFound = try cursor.seek(before: (id + bound).span)
            while isFound, found.count < limit, cursor.key.count == 20, cursor.key.extracting(0..<16).copy() == id {
                let beginning = Timestamp(seconds: Int64(cursor.key.bigEndian(at: 16, as: UInt32.self)) * bucket.width)
                if end.map({ beginning < $0 }) ?? true { found.append((beginning, try UsageCounts.stored(cursor.value, key: cursor.key))) }
                isFound = try cursor.previous()
            }
            return found
        }
    }

    /// Positions of the key's events before `end`, or of all, newest first; uses and refusals aside.
    public func lifePositions(of key: KeyID, before end: UInt64?, limit: Int) throws -> [UInt64] {
        let id = key.raw.bytes
        return try reading { generation, transaction in
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
        try reading { generation, transaction in
            try HistoryRow.positions(of: key, from: start, limit: limit, generation.tables, transaction)
        }
    }

    // MARK: Checking

    /// Brings what is in force to the head and compares it with a rebuild, `page` entries in a read transaction, each page at the
    /// position that what is in force has reached by then. Answers the last of them.
    @available(*, noasync)
    public func check(
        page: Int = DifferenceList.page, progress: (UInt64) -> Void
    ) throws -> (position: UInt64, differences: DifferenceList) {
        var differences = DifferenceList()
        // Catching up mends this one without a word.
        if try isProgressWrong() {
            let key = Generation.progressKey
            differences.add("views/meta", key.span, .different)
        }
        try catchUpAsTheyAre { _ in }
        try folder.make()
        let lock = try FileLock(path: folder.path + "/rebuild.lock")
        try lock.lockWhileHolderRuns()
        defer { lock.unlock() }
        let live = try current()
        for leftover in folder.numbers() where leftover != live.number { folder.remove(String(leftover)) }
        let number = live.number + 1
        try folder.make(String(number))
        defer { folder.remove(String(number)) }
        let (position, others) = try compare(live, withRebuiltAs: number, page: page, progress: progress)
        differences.add(others)
        return (position, differences)
    }

    /// Whether the views say of themselves what is true of no log here. That older code filled them is no fault.
    private func isProgressWrong() throws -> Bool {
        let generation = try current()
        guard let known = try read(generation, { try generation.progress($0) }) else { return false }
        if known.version == ViewProgress.codeVersion {
            // Of the log that was forked they were right.
            return try !known.matches(reader) && !reader.lineage().contains(known.logID)
        }
        return known.version == 0
    }

    private func compare(
        _ live: Generation, withRebuiltAs number: UInt64, page: Int, progress: (UInt64) -> Void
    ) throws -> (position: UInt64, differences: DifferenceList) {
        let rebuilt = try Generation(folder: folder.path, number: number, isBeingBuilt: true)
        try fill(rebuilt, progress: progress, end: position())
        var differences = DifferenceList()
        var position: UInt64 = 0
        for name in ViewTables.compared {
            var last: [UInt8]? = []
            while let previous = last {
                last = try read(live) { transaction in
                    // What was added since the page before.
                    position = try live.progress(transaction)?.next ?? 0
                    try fill(rebuilt, progress: progress, end: position)
                    return try rebuilt.environment.read { expected in
                        try differences.compare(
                            "views/" + name, transaction, live.environment.table(name), expected, rebuilt.environment.table(name),
                            after: previous, limit: page)
                    }
                }
            }
        }
        return (position, differences)
    }
}

public import EventLog
internal import KeyEvents
internal import Storage

/// Folds the log into the set of state tables that is not in force, in short slices, and switches in the last one.
/// Appends and validations go on meanwhile. The caller sees to it that only one rebuild runs at a time.
///
/// The old set is emptied after the switch, not in its transaction (as section 9 of the design had it): emptying walks pages that may be
/// the damaged ones the rebuild is there for, and must not undo it. Nobody looks into the old set by then: pointer and tables are
/// one snapshot, and readers look up the pointer in each.
public struct StateRebuild {
    /// Lifecycle events a slice applies: a few milliseconds, for which other writers wait.
    static let sliceEvents = 200
    /// Records the last slice may have left to read, for the same reason.
    static let lastSliceRecords: UInt64 = 2_000

    private let reader: LogReader
    private let tables: StateTables

    public init(_ reader: LogReader, _ tables: StateTables) {
        self.reader = reader
        self.tables = tables
    }

    /// Answers the position the new state reflects up to, and hands out how far it is now and then.
    @available(*, noasync)
    public func run(progress: (UInt64) -> Void) throws -> UInt64 {
        let environment = reader.environment
        let target = try environment.read { transaction in
            // Where it cannot be read, nobody uses either.
            do { return 1 - (try tables.currentNumber(transaction)) } catch LogError.derivedDamaged { return 0 }
        }
        let store = StateStore(tables.sets[target])
        try empty(store)
        var next: UInt64 = 0
        var lifecycleEnd: UInt64 = 0
        while true {
            var slice = StateSlice(from: next)
            let head = try slice.fill(from: reader, lifecycleEvents: Self.sliceEvents)
            if !slice.events.isEmpty {
                try environment.write { try slice.apply(to: store, &$0) }
            }
            next = slice.next
            lifecycleEnd = slice.lifecycleEnd ?? lifecycleEnd
            progress(next)
            guard head - next <= Self.lastSliceRecords else { continue }
            let end: UInt64? = try environment.write { [lifecycleEnd] transaction in
                let head = try reader.next(transaction)
                guard head - next <= Self.lastSliceRecords else { return nil }
                var slice = StateSlice(from: next)
                try slice.read(from: reader, limit: Int(Self.lastSliceRecords), lifecycleEvents: .max, transaction)
                try slice.apply(to: store, &transaction)
                try reader.restoreMeta(lifecycleEnd: slice.lifecycleEnd ?? lifecycleEnd, &transaction)
                try LogMeta.stateSet.set([UInt8(target)], tables.log, &transaction)
                try tables.markVersion(&transaction)
                return slice.next
            }
            guard let end else { continue }
            // What cannot be emptied now is tried again by the next rebuild, which needs it empty.
            try? empty(StateStore(tables.sets[1 - target]))
            progress(end)
            return end
        }
    }

    @available(*, noasync)
    private func empty(_ store: StateStore) throws {
        do {
            try reader.environment.write { try store.clear(&$0) }
        } catch StorageError.corrupted(let text) {
            throw LogError.damaged(
                position: nil,
                what:
                    "the state tables that are not in use cannot be emptied (\(text)), so nothing can be rebuilt into them; what is in use"
                    + " was not changed. Restore ledger/ from a backup or an export")
        }
    }
}

/// The lifecycle events of a stretch of the log.
struct StateSlice {
    private(set) var next: UInt64
    /// One more than the position of the last event that was collected; `nil`: none was.
    var lifecycleEnd: UInt64? { events.last.map { $0.position + 1 } }
    private(set) var events: [(position: UInt64, event: Event)] = []

    init(from start: UInt64) { next = start }

    /// Reads on, in a read transaction of its own each 10,000 records, until `lifecycleEvents` are collected or the head is
    /// reached. Answers the head as it was then.
    mutating func fill(from reader: LogReader, lifecycleEvents: Int) throws -> UInt64 {
        while true {
            let head = try reader.environment.read { transaction in
                try read(from: reader, limit: 10_000, lifecycleEvents: lifecycleEvents, transaction)
                return try reader.next(transaction)
            }
            if next >= head || events.count >= lifecycleEvents { return head }
        }
    }

    mutating func read(
        from reader: LogReader, limit: Int, lifecycleEvents: Int, _ transaction: borrowing some Transaction & ~Copyable
    ) throws {
        let room = lifecycleEvents
        var collected = events
        next = try reader.scan(from: next, limit: limit, transaction) { position, record, _ in
            guard let header = EventHeader(record) else {
                throw LogError.damaged(position: position, what: "the record cannot be decoded")
            }
            if header.hasRequirements { try LogMeta.checkFeatures(LogReader.decode(record, at: position).requires) }
            if header.isLifecycle { collected.append((position, try LogReader.decode(record, at: position))) }
            return collected.count < room
        }
        events = collected
    }

    func apply(to store: StateStore, _ transaction: inout WriteTransaction) throws {
        for (position, event) in events {
            try store.apply(event, at: position, &transaction)
        }
    }
}

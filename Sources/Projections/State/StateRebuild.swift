public import EventLog
internal import KeyEvents
internal import Storage

/// Folds the log into the set of state tables that is not in force, in short slices, and switches to it with the last slice. Appends
/// and validations continue during a rebuild. The caller must ensure that only one rebuild runs at a time.
///
/// The old set is cleared after the switch, and not in its transaction: clearing walks pages that may be the damaged ones for which the
/// rebuild was started, and must not undo it. No reader uses the old set by then: the pointer and the tables are one snapshot, and
/// readers look up the pointer in each transaction.
public struct StateRebuild {
    /// The number of lifecycle events that a slice applies. They take a few milliseconds, for which other writers wait.
    static let sliceEvents = 200
    /// The maximum number of records that the last slice may have to read, for the same reason.
    static let lastSliceRecords: UInt64 = 2_000

    private let reader: LogReader
    private let tables: StateTables

    /// Creates a rebuild of the state tables.
    public init(_ reader: LogReader, _ tables: StateTables) {
        self.reader = reader
        self.tables = tables
    }

    /// Runs the rebuild.
    ///
    /// - Parameter progress: Receives the position that is read next, from time to time.
    /// - Returns: The position up to which the new state reflects the log.
    /// - Throws: `LogError` where the log is damaged or the set cannot be cleared, and `StorageError` where the tables cannot be
    ///   written.
    @available(*, noasync)
    public func run(progress: (UInt64) -> Void) throws -> UInt64 {
        let environment = reader.environment
        let target = try environment.read { transaction in
            // Neither set is in use where the pointer cannot be read.
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
            // A set that cannot be cleared now is cleared by the next rebuild, which needs it empty.
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

/// The lifecycle events of a range of the log.
struct StateSlice {
    private(set) var next: UInt64
    /// One more than the position of the last event that was collected; `nil` where none was.
    var lifecycleEnd: UInt64? { events.last.map { $0.position + 1 } }
    private(set) var events: [(position: UInt64, event: Event)] = []

    init(from start: UInt64) { next = start }

    /// Reads on, in one read transaction per 10,000 records, until `lifecycleEvents` events are collected or the head is reached.
    /// It returns the head as it was then.
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

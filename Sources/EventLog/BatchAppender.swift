public import Bytes
public import KeyEvents
public import Storage

/// Appends events at the head of the log within one transaction, all with the same time (`RecordTime`).
public struct BatchAppender {
    private let tables: LogTables
    private(set) var frontier: MerkleFrontier
    private var rows = MerkleRows()
    private var lifecycleEnd: UInt64?
    private var lastLeaf: Digest32?
    /// The times that the next event is stamped with.
    public private(set) var time: RecordTime
    /// Whether decisions by that time may be final, or may be made at all.
    public private(set) var clockTrust: ClockTrust
    private let first: UInt64
    private let head: LogHead

    init(tables: LogTables, head: LogHead, frontier: MerkleFrontier, time: BatchTime) {
        self.tables = tables
        self.frontier = frontier
        self.time = time.time
        clockTrust = time.trust
        lastLeaf = head.leaf
        first = frontier.size
        self.head = head
    }

    /// The time by which everything in this transaction is decided.
    public var now: Timestamp { time.decidedAt }

    /// The stamp of every event of this transaction, which is never before that of the last record.
    public var recordedAt: Timestamp { time.recordedAt }

    /// Follows a clock that an operator has confirmed, from the next event of this transaction on.
    ///
    /// - Parameter clock: The confirmed reading of the wall clock.
    public mutating func follow(confirmed clock: Timestamp) {
        // A transaction that has not stamped a record yet is not bound by the time that it began with.
        time = RecordTime(confirmed: clock, after: frontier.size > first ? time : head.time)
        clockTrust = .settled
    }

    /// The position that the next event gets.
    public var nextPosition: UInt64 { frontier.size }

    /// The root of the Merkle tree over the records so far.
    public var root: Digest32 { frontier.root }

    /// Stamps and appends an event.
    ///
    /// - Parameters:
    ///   - event: The event. Its own times are replaced.
    ///   - transaction: The write transaction.
    /// - Returns: The position of the event's record.
    /// - Throws: `RecordError.tooLarge` where the event is too large for a record; then nothing is written. `StorageError` where
    ///   writing fails.
    public mutating func append(_ event: Event, _ transaction: inout WriteTransaction) throws -> UInt64 {
        var record = try EventCodec.encode(event, time: time)
        let leaf = MerkleHash.leaf(record.span)
        let position = frontier.size
        // The check goes into the capacity that encoding reserved.
        StoredRecord.complete(&record, leaf: leaf)
        try transaction.put(position, record.span, in: tables.records, mode: .append)
        frontier.append(leaf) { rows.add($0) }
        lastLeaf = leaf
        if event.body.isLifecycle { lifecycleEnd = position + 1 }
        return position
    }

    /// Writes what belongs to the whole transaction: rows of the tree, tree head, and the end of the lifecycle events.
    mutating func finish(_ transaction: inout WriteTransaction) throws -> LogHead {
        guard frontier.size > first else { return head }
        try rows.write(to: tables.merkle, &transaction)
        try LogMeta.treeHead.set(frontier.size.bigEndianBytes + frontier.root.bytes, tables, &transaction)
        if let lifecycleEnd { try LogMeta.lifecycleEnd.set(lifecycleEnd.bigEndianBytes, tables, &transaction) }
        return LogHead(next: frontier.size, time: time, leaf: lastLeaf)
    }
}

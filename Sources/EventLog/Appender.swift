public import Bytes
public import KeyEvents
public import Storage

/// Adds events at the head of the log within one turn, all with the same time (`RecordTime`).
public struct Appender {
    private let tables: LogTables
    private var frontier: MerkleFrontier
    private var rows = MerkleRows()
    private var lifecycleEnd: UInt64?
    private var lastLeaf: Digest32?
    public private(set) var time: RecordTime
    /// Whether what is decided by that time may be final, or decided at all.
    public private(set) var clockTrust: ClockTrust
    private let first: UInt64
    private let head: LogHead

    init(tables: LogTables, head: LogHead, frontier: MerkleFrontier, time: TurnTime) {
        self.tables = tables
        self.frontier = frontier
        self.time = time.time
        clockTrust = time.trust
        lastLeaf = head.leaf
        first = frontier.size
        self.head = head
    }

    /// By which everything in this turn is decided.
    public var now: Timestamp { time.decidedAt }

    /// The stamp of every event of this turn, never before that of the last record.
    public var recordedAt: Timestamp { time.recordedAt }

    /// Follows a clock that an operator has confirmed, from the next event of this turn on.
    public mutating func follow(confirmed clock: Timestamp) {
        // What this turn has not stamped does not bind it: the time it began with was that of no record.
        time = RecordTime(confirmed: clock, after: frontier.size > first ? time : head.time)
        clockTrust = .settled
    }

    /// The position the next event gets.
    public var next: UInt64 { frontier.size }

    public var root: Digest32 { frontier.root }

    /// Stamps and appends an event; answers its position. Nothing is written when the event is too large for a record.
    public mutating func append(_ event: Event, _ transaction: inout WriteTransaction) throws -> UInt64 {
        var record = try EventCodec.encode(event, time: time)
        let leaf = MerkleHash.leaf(record.span)
        let position = frontier.size
        // The check goes into the room that encoding left.
        StoredRecord.complete(&record, leaf: leaf)
        try transaction.put(position, record.span, in: tables.records, mode: .append)
        frontier.append(leaf) { rows.add($0) }
        lastLeaf = leaf
        if event.body.isLifecycle { lifecycleEnd = position + 1 }
        return position
    }

    /// Writes what belongs to the whole turn.
    mutating func finish(_ transaction: inout WriteTransaction) throws -> LogHead {
        guard frontier.size > first else { return head }
        try rows.write(to: tables.merkle, &transaction)
        try LogMeta.treeHead.set(frontier.size.bigEndianBytes + frontier.root.bytes, tables, &transaction)
        if let lifecycleEnd { try LogMeta.lifecycleEnd.set(lifecycleEnd.bigEndianBytes, tables, &transaction) }
        return LogHead(next: frontier.size, time: time, leaf: lastLeaf)
    }

    var frontierNow: MerkleFrontier { frontier }
}

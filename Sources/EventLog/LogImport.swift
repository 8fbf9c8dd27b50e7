public import Bytes
internal import KeyEvents
public import Storage

/// Fills an empty log with the records of another log, byte for byte, so that the tree over them is the same. Many records are
/// written per transaction. Until `finish` the directory holds no ledger.
public struct LogImport {
    private let tables: LogTables
    private let environment: Environment
    private var frontier = MerkleFrontier()
    private var lifecycleEnd: UInt64?
    private var features: Set<String> = []
    /// The ids of the logs that the records were in before each fork, the oldest first.
    public private(set) var lineage: [Bytes16] = []
    /// The positions of the records about forks and changes of the log's key.
    private var succession: [UInt64] = []
    private var waiting: [(record: [UInt8], leaf: Digest32)] = []
    private var waitingBytes = 0

    /// The maximum number of records, and of their bytes, in one transaction.
    private static let maxRecords = 10_000
    private static let maxBytes = 16 << 20

    /// Creates an import into the log of an environment, which is empty.
    public init(_ environment: Environment) {
        self.environment = environment
        tables = LogTables(environment)
    }

    /// The number of records so far, including those that are not written yet.
    public var size: UInt64 { frontier.size + UInt64(waiting.count) }

    /// Adds a record.
    ///
    /// - Parameters:
    ///   - record: The bytes of the record.
    ///   - leaf: The leaf hash of the record.
    /// - Throws: `LogError.damaged` where the record names features and cannot be decoded, `StorageError` where writing fails.
    public mutating func append(_ record: [UInt8], leaf: Digest32) throws {
        if EventHeader(record.span)?.hasRequirements ?? false {
            let event = try LogReader.decode(record.span, at: size)
            features.formUnion(event.requires)
            switch event.body {
            case .logForked(let fork):
                lineage += fork.abandonedLogIDs + [fork.leftLogID]
                succession.append(size)
            case .logKeyChanged: succession.append(size)
            default: break
            }
        }
        waiting.append((record, leaf))
        waitingBytes += record.count
        if waiting.count >= Self.maxRecords || waitingBytes >= Self.maxBytes { try write() }
    }

    private mutating func write() throws {
        guard !waiting.isEmpty else { return }
        let start = frontier
        var (frontier, lifecycleEnd) = (start, self.lifecycleEnd)
        try environment.write { transaction in
            frontier = start
            var rows = MerkleRows()
            for (record, leaf) in waiting {
                let position = frontier.size
                try transaction.put(position, StoredRecord.value(record: record, leaf: leaf).span, in: tables.records, mode: .append)
                frontier.append(leaf) { rows.add($0) }
                if EventHeader(record.span)?.isLifecycle ?? false { lifecycleEnd = position + 1 }
            }
            try rows.write(to: tables.merkle, &transaction)
        }
        (self.frontier, self.lifecycleEnd) = (frontier, lifecycleEnd)
        waiting = []
        waitingBytes = 0
    }

    /// Writes the remaining records and the values that belong to the whole log, and returns the root of the tree over all
    /// records.
    public mutating func finish() throws -> Digest32 {
        try write()
        let (frontier, lifecycleEnd, features, succession) = (self.frontier, self.lifecycleEnd, self.features, self.succession)
        try environment.write { transaction in
            try LogMeta.require(Array(features), tables, &transaction)
            try LogMeta.succession.set(succession.flatMap(\.bigEndianBytes), tables, &transaction)
            try LogMeta.treeHead.set(frontier.size.bigEndianBytes + frontier.root.bytes, tables, &transaction)
            if let lifecycleEnd { try LogMeta.lifecycleEnd.set(lifecycleEnd.bigEndianBytes, tables, &transaction) }
        }
        return frontier.root
    }
}

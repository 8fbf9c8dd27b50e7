public import Bytes
internal import KeyEvents
public import Storage

extension LogReader {
    /// Returns the ids of the logs that this one continues or has left, the oldest first; none where it was never forked.
    public func lineage() throws -> [Bytes16] { try environment.read { try lineage($0) } }

    /// Returns the ids of the logs that this one continues or has left, within a transaction.
    public func lineage(_ transaction: borrowing some Transaction & ~Copyable) throws -> [Bytes16] {
        let bytes = try LogMeta.lineage.bytes(tables, transaction) ?? []
        return stride(from: 0, to: bytes.count, by: 16).compactMap { Bytes16(bytes[$0..<min($0 + 16, bytes.count)]) }
    }

    /// Returns how the log came to its origin.
    public func succession(_ transaction: borrowing some Transaction & ~Copyable) throws -> LogSuccession {
        var succession = LogSuccession()
        let bytes = try LogMeta.succession.bytes(tables, transaction) ?? []
        guard bytes.count % 8 == 0 else { throw LogMeta.succession.damage }
        for start in stride(from: 0, to: bytes.count, by: 8) {
            let position = bytes.span.bigEndian(at: start)
            guard let record = try record(at: position, transaction) else { throw LogError.missing(position: position) }
            succession.add(try Self.decode(record.span, at: position), at: position)
        }
        return succession
    }

    /// Returns the values of `meta` of which one of the two copies is not what was written.
    public func damagedMeta(_ transaction: borrowing some Transaction & ~Copyable) throws -> [LogMeta] {
        try LogMeta.allCases.filter { try !$0.isWhole(tables, transaction) }
    }

    /// Writes `meta` anew: the values that follow from the records are computed from them, and the others are restored from their
    /// copies. The values about the state tables and an unfinished making stay as they are.
    ///
    /// - Parameters:
    ///   - lifecycleEnd: One more than the position of the last lifecycle event.
    ///   - transaction: The write transaction.
    /// - Throws: `LogError` where the records are damaged, or a value and its copy both are; `StorageError` where `meta` cannot
    ///   be written.
    public func restoreMeta(lifecycleEnd: UInt64, _ transaction: inout WriteTransaction) throws {
        for value in LogMeta.allCases {
            switch value {
            case .stateSet, .stateVersion, .making:
                continue
            case .treeHead:
                let size = try next(transaction)
                let root = size == 0 ? MerkleHash.empty : try tables.merkle.frontier(of: size, transaction).root
                try value.set(size.bigEndianBytes + root.bytes, tables, &transaction)
            case .lifecycleEnd:
                try value.set(lifecycleEnd.bigEndianBytes, tables, &transaction)
            case .firstPosition:
                try value.set(UInt64(0).bigEndianBytes, tables, &transaction)
            case .format, .logID, .lineage, .succession, .features, .keyPrefix:
                try value.restore(tables, &transaction)
            }
        }
    }
}

extension LogMeta {
    /// Adds the position of a record about a fork or a change of the log's key.
    public static func addStep(at position: UInt64, _ tables: LogTables, _ transaction: inout WriteTransaction) throws {
        let known = try succession.bytes(tables, transaction) ?? []
        try succession.set(known + position.bigEndianBytes, tables, &transaction)
    }

    /// Converts a ledger of format 1 to this format: each value gets its copy and its check.
    public static func addChecks(_ tables: LogTables, _ transaction: inout WriteTransaction) throws {
        let required: [(LogMeta, bytes: ClosedRange<Int>)] = [(.logID, 16...16), (.firstPosition, 8...8), (.keyPrefix, 1...16)]
        let others: [(LogMeta, bytes: ClosedRange<Int>)] = [
            (.treeHead, 40...40), (.lifecycleEnd, 8...8), (.stateSet, 1...1), (.stateVersion, 4...4),
        ]
        for (value, length) in required + others {
            guard let bytes = try transaction.get(value.key.span, in: tables.meta)?.copy() else {
                guard !required.contains(where: { $0.0 == value }) else {
                    throw LogError.damaged(position: nil, what: "the value \(value.rawValue) of the table meta is missing")
                }
                continue
            }
            guard length.contains(bytes.count) else {
                throw LogError.damaged(position: nil, what: "the value \(value.rawValue) of the table meta has \(bytes.count) bytes")
            }
            try value.set(bytes, tables, &transaction)
        }
        try lineage.set([], tables, &transaction)
        try succession.set([], tables, &transaction)
        try features.set([], tables, &transaction)
        try format.set(currentFormat.bigEndianBytes, tables, &transaction)
    }
}

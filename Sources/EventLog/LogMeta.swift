internal import KeyEvents
public import LMDB

/// Named single values in the table `meta`. Numbers are big-endian.
public enum LogMeta: String, Sendable {
    /// 4 bytes: the version of everything in `ledger/`.
    case format
    /// 16 random bytes that tell this log from every other.
    case logID = "log-id"
    /// 8 bytes: the first position that is at hand; 0 until prefixes are archived.
    case firstPosition = "first-position"
    /// 8 bytes: the number of records; 32 bytes: the root of the Merkle tree over them.
    case treeHead = "tree-head"
    /// 8 bytes: one more than the position of the last event that may change what a key is allowed to do.
    case lifecycleEnd = "lifecycle-end"
    /// The prefix of the keys made here, ASCII.
    case keyPrefix = "key-prefix"
    /// 1 byte: which of the two sets of state tables is in force. See `StateTables`.
    case stateSet = "state-set"
    /// 4 bytes: the layout of the state tables. See `StateTables.version`.
    case stateVersion = "state-version"

    public static let currentFormat: UInt32 = 1

    public func bytes(_ tables: LogTables, _ transaction: borrowing some Transaction & ~Copyable) throws(LMDBError) -> [UInt8]? {
        try transaction.get(Array(rawValue.utf8).span, in: tables.meta)?.copy()
    }

    public func number(_ tables: LogTables, _ transaction: borrowing some Transaction & ~Copyable) throws -> UInt64? {
        guard let value = try transaction.get(Array(rawValue.utf8).span, in: tables.meta) else { return nil }
        guard value.count == 8 else { throw LogError.damaged(position: nil, what: "the value \(rawValue) cannot be read") }
        return value.bigEndian()
    }

    public func set(_ value: [UInt8], _ tables: LogTables, _ transaction: inout WriteTransaction) throws(LMDBError) {
        try transaction.put(Array(rawValue.utf8), value, in: tables.meta)
    }
}

internal import Bytes
internal import KeyEvents
public import Storage

/// The named single values in the table `meta`. Numbers are big-endian.
///
/// Each value is stored twice, under its name and under its name with `/copy`, each time with its check (`RowCheck`). A flipped
/// bit in one of them changes nothing, since the other one is read, and `restore` writes both anew. The value `format` alone
/// stands under its name without a check, as ledgers of format 1 had all values: programs of that time read it and refuse the
/// ledger.
public enum LogMeta: String, CaseIterable, Sendable {
    /// The version of everything in `ledger/`, 4 bytes.
    case format
    /// 16 random bytes that distinguish this log from every other.
    case logID = "log-id"
    /// The ids of the logs that this one continues or has left, 16 bytes each, the oldest first; empty where there are none. See
    /// `LogFork`.
    case lineage
    /// The positions of the records by which the log came to its origin (`LogSuccession`), 8 bytes each, ascending; empty where
    /// there are none.
    case succession
    /// The names of the features that a reader must know to understand this log (`LogFeature`), ASCII, each ended by LF.
    case features
    /// The first position whose record is stored, 8 bytes. It is always 0: this version archives no prefix, and refuses a log
    /// whose prefix is archived.
    case firstPosition = "first-position"
    /// The number of records, 8 bytes, and the root of the Merkle tree over them, 32 bytes.
    case treeHead = "tree-head"
    /// One more than the position of the last event that may change what a key is allowed to do, 8 bytes.
    case lifecycleEnd = "lifecycle-end"
    /// The prefix of the keys of this ledger, ASCII.
    case keyPrefix = "key-prefix"
    /// Which of the two sets of state tables is in force, 1 byte. See `StateTables`.
    case stateSet = "state-set"
    /// The layout of the state tables, 4 bytes. See `StateTables.version`.
    case stateVersion = "state-version"
    /// The making of these files, while they are no ledger yet. See `LogMaking`.
    case making

    /// The format that this version writes. Format 1 had no checks, and neither `lineage` nor `features`; programs of format 2 do
    /// not know the state table `standings`.
    public static let currentFormat: UInt32 = 3

    /// The key under which the value is stored.
    public var key: [UInt8] { Array(rawValue.utf8) }
    /// The key under which the copy of the value is stored.
    public var copyKey: [UInt8] { Array((rawValue + "/copy").utf8) }

    /// Returns the value; `nil` where there is none. It throws where neither the value nor its copy is what was written.
    public func bytes(_ tables: LogTables, _ transaction: borrowing some Transaction & ~Copyable) throws -> [UInt8]? {
        let first = try stored(key, tables, transaction)
        if let value = first.value, self != .format { return value }
        let second = try stored(copyKey, tables, transaction)
        if let value = second.value ?? first.value { return value }
        guard first.isThere || second.isThere else { return nil }
        throw damage
    }

    /// Returns a value of 8 bytes as a number; `nil` where there is none.
    public func number(_ tables: LogTables, _ transaction: borrowing some Transaction & ~Copyable) throws -> UInt64? {
        guard let value = try bytes(tables, transaction) else { return nil }
        guard value.count == 8 else { throw damage }
        return value.span.bigEndian()
    }

    /// Stores the value and its copy.
    public func set(_ value: [UInt8], _ tables: LogTables, _ transaction: inout WriteTransaction) throws(StorageError) {
        try transaction.put(key, self == .format ? value : RowCheck.checked(value, key: key), in: tables.meta)
        try transaction.put(copyKey, RowCheck.checked(value, key: copyKey), in: tables.meta)
    }

    func remove(_ tables: LogTables, _ transaction: inout WriteTransaction) throws(StorageError) {
        for key in [key, copyKey] { try transaction.delete(key.span, in: tables.meta) }
    }

    /// Returns whether the value and its copy are both what was written, and equal.
    public func isWhole(_ tables: LogTables, _ transaction: borrowing some Transaction & ~Copyable) throws -> Bool {
        let (first, second) = (try stored(key, tables, transaction), try stored(copyKey, tables, transaction))
        return first.isThere == second.isThere && first.value == second.value && (first.value != nil || !first.isThere)
    }

    /// Writes both anew from the one that is what was written.
    public func restore(_ tables: LogTables, _ transaction: inout WriteTransaction) throws {
        guard try !isWhole(tables, transaction), let value = try bytes(tables, transaction) else { return }
        try set(value, tables, &transaction)
    }

    var damage: LogError {
        switch self {
        case .treeHead, .lifecycleEnd, .stateSet, .stateVersion, .making: .derivedDamaged(what: "the value \(rawValue) of the table meta")
        case .format, .logID, .lineage, .succession, .features, .firstPosition, .keyPrefix:
            .damaged(position: nil, what: "the value \(rawValue) of the table meta, and its copy, are not what was written")
        }
    }

    private func stored(
        _ key: [UInt8], _ tables: LogTables, _ transaction: borrowing some Transaction & ~Copyable
    ) throws(StorageError) -> (isThere: Bool, value: [UInt8]?) {
        guard let row = try transaction.get(key.span, in: tables.meta) else { return (false, nil) }
        if self == .format, key == self.key { return (true, row.copy()) }
        return (true, RowCheck.value(row, key: key.span)?.copy())
    }
}

extension LogMeta {
    /// Returns the format of the ledger in the directory `path` and the features that its log needs, before anything in it is
    /// opened, made or changed; `nil` where there is no ledger.
    public static func identity(path: String) throws -> (format: UInt32, features: [String])? {
        let keys = [format.key, format.copyKey, features.key, features.copyKey]
        let rows = try Environment.entries(keys, in: LogTables.metaName, path: path)
        func value(_ index: Int) -> [UInt8]? {
            guard let row = rows[index] else { return nil }
            let key = keys[index]
            return RowCheck.value(row.span, key: key.span)?.copy()
        }
        guard let format = written(rows[0], copy: value(1)) else { return nil }
        guard format.count == 4, case let number = format.span.bigEndian(as: UInt32.self), number > 0 else {
            throw Self.format.damage
        }
        guard number > 1 else { return (number, []) }
        guard let features = value(2) ?? value(3) else {
            // A newer format may name its features in another way.
            guard number > currentFormat else { throw Self.features.damage }
            return (number, [])
        }
        return (number, names(features))
    }

    /// Returns the value of `format`. A newer version may write no copy, or another one, so only a single flipped bit is taken
    /// for damage.
    private static func written(_ format: [UInt8]?, copy: [UInt8]?) -> [UInt8]? {
        guard let format, let copy, format.count == copy.count else { return copy ?? format }
        let flipped = zip(format, copy).reduce(0) { $0 + ($1.0 ^ $1.1).nonzeroBitCount }
        return flipped > 1 ? format : copy
    }

    /// Throws where the log needs a feature that this version does not know, since that may be what ends a key.
    public static func checkFeatures(_ tables: LogTables, _ transaction: borrowing some Transaction & ~Copyable) throws {
        guard let value = try features.bytes(tables, transaction), !value.isEmpty else { return }
        try checkFeatures(names(value))
    }

    /// Throws where a name is that of a feature that this version does not know.
    public static func checkFeatures(_ names: [String]) throws(LogError) {
        let unknown = LogFeature.unknown(among: names)
        guard unknown.isEmpty else { throw LogError.unknownFeatures(unknown) }
    }

    /// Returns the names of the features that the log needs.
    public static func neededFeatures(_ tables: LogTables, _ transaction: borrowing some Transaction & ~Copyable) throws -> [String] {
        names(try features.bytes(tables, transaction) ?? [])
    }

    /// Adds features to those that the log needs, from this transaction on.
    public static func require(_ names: [String], _ tables: LogTables, _ transaction: inout WriteTransaction) throws {
        let all = Set(try neededFeatures(tables, transaction)).union(names).sorted()
        try features.set(all.flatMap { Array(($0 + "\n").utf8) }, tables, &transaction)
    }

    private static func names(_ value: [UInt8]) -> [String] {
        String(decoding: value, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}

internal import Bytes
internal import KeyEvents
public import Storage

/// Named single values in the table `meta`. Numbers are big-endian.
///
/// Each stands there twice, under its name and under its name and `/copy`, each time with its check (`RowCheck`): what one flipped bit
/// does to one of them, the other makes up for, and `restore` mends. `format` alone stands under its name without a check, as ledgers of
/// format 1 had all of them: programs of that time read it, and refuse.
public enum LogMeta: String, CaseIterable, Sendable {
    /// 4 bytes: the version of everything in `ledger/`.
    case format
    /// 16 random bytes that tell this log from every other.
    case logID = "log-id"
    /// The ids of the logs that this one continues, or has left behind, 16 bytes each, the oldest first; empty: none. See `LogFork`.
    case lineage
    /// 8 bytes each: the positions of the records by which the log came to its origin (`LogSuccession`), ascending; empty: none.
    case succession
    /// What a reader must know to understand this log: the names of features (`LogFeature`), ASCII, each ended by LF.
    case features
    /// 8 bytes: the first position that is at hand. Always 0: this version archives no prefix, and refuses a log whose prefix is.
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
    /// What is being made of these files, while they are no ledger yet. See `LogMaking`.
    case making

    /// Format 1 had no checks, and neither `lineage` nor `features`; programs of format 2 know nothing of the state table `standings`.
    public static let currentFormat: UInt32 = 3

    /// Under which the value is stored.
    public var key: [UInt8] { Array(rawValue.utf8) }
    /// Under which its copy is stored.
    public var copyKey: [UInt8] { Array((rawValue + "/copy").utf8) }

    /// `nil`: there is none. Throws where neither it nor its copy is what was written.
    public func bytes(_ tables: LogTables, _ transaction: borrowing some Transaction & ~Copyable) throws -> [UInt8]? {
        let first = try stored(key, tables, transaction)
        if let value = first.value, self != .format { return value }
        let second = try stored(copyKey, tables, transaction)
        if let value = second.value ?? first.value { return value }
        guard first.isThere || second.isThere else { return nil }
        throw damage
    }

    public func number(_ tables: LogTables, _ transaction: borrowing some Transaction & ~Copyable) throws -> UInt64? {
        guard let value = try bytes(tables, transaction) else { return nil }
        guard value.count == 8 else { throw damage }
        return value.span.bigEndian()
    }

    public func set(_ value: [UInt8], _ tables: LogTables, _ transaction: inout WriteTransaction) throws(StorageError) {
        try transaction.put(key, self == .format ? value : RowCheck.checked(value, key: key), in: tables.meta)
        try transaction.put(copyKey, RowCheck.checked(value, key: copyKey), in: tables.meta)
    }

    func remove(_ tables: LogTables, _ transaction: inout WriteTransaction) throws(StorageError) {
        for key in [key, copyKey] { try transaction.delete(key.span, in: tables.meta) }
    }

    /// Whether the value and its copy both are what was written, and the same.
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
    /// The format of the ledger in the folder `path`, and the features that its log needs, before anything in it is opened, made or
    /// changed; `nil`: there is no ledger.
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
            // A newer format may name them in another way.
            guard number > currentFormat else { throw Self.features.damage }
            return (number, [])
        }
        return (number, names(features))
    }

    /// A newer version may write no copy, or another: only one flipped bit is taken for damage.
    private static func written(_ format: [UInt8]?, copy: [UInt8]?) -> [UInt8]? {
        guard let format, let copy, format.count == copy.count else { return copy ?? format }
        let flipped = zip(format, copy).reduce(0) { $0 + ($1.0 ^ $1.1).nonzeroBitCount }
        return flipped > 1 ? format : copy
    }

    /// What the log needs that this version does not know stops everything: it may be what ends a key.
    public static func checkFeatures(_ tables: LogTables, _ transaction: borrowing some Transaction & ~Copyable) throws {
        guard let value = try features.bytes(tables, transaction), !value.isEmpty else { return }
        try checkFeatures(names(value))
    }

    public static func checkFeatures(_ names: [String]) throws(LogError) {
        let unknown = LogFeature.unknown(among: names)
        guard unknown.isEmpty else { throw LogError.unknownFeatures(unknown) }
    }

    /// The features that the log needs.
    public static func neededFeatures(_ tables: LogTables, _ transaction: borrowing some Transaction & ~Copyable) throws -> [String] {
        names(try features.bytes(tables, transaction) ?? [])
    }

    /// From this transaction on the log needs these features too.
    public static func require(_ names: [String], _ tables: LogTables, _ transaction: inout WriteTransaction) throws {
        let all = Set(try neededFeatures(tables, transaction)).union(names).sorted()
        try features.set(all.flatMap { Array(($0 + "\n").utf8) }, tables, &transaction)
    }

    private static func names(_ value: [UInt8]) -> [String] {
        String(decoding: value, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}

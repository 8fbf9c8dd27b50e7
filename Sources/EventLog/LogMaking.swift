internal import Bytes
internal import KeyEvents
public import Storage

/// The making of a ledger that has begun and is not finished. It is kept in `meta` from the first transaction on, and removed by
/// the transaction that sets `format`. After an interruption, the next attempt finds here what the previous one has left
/// elsewhere.
///
/// It is stored as ASCII, in lines ended by LF: `init` or `import`, and after `import` the names of what the import adds to
/// `checkpoints/`.
public enum LogMaking: Equatable, Sendable {
    /// The ledger is made by initialization.
    case initialization
    /// The ledger is made from a bundle. The values name what the import adds and nobody had kept there before: checkpoints by
    /// their sizes, and the directories of forks by the ids of the logs.
    case bundleImport(checkpoints: [UInt64], forks: [String])

    private static let words = (initialization: "init", bundleImport: "import")

    /// Returns what was being made in a directory.
    ///
    /// - Parameter path: The directory of the LMDB files.
    /// - Returns: `nil` where nothing was begun by this version, and where the files are a ledger.
    /// - Throws: `StorageError` where the files cannot be read.
    public static func interrupted(path: String) throws -> LogMaking? {
        let keys = [LogMeta.making.key, LogMeta.making.copyKey]
        for (key, row) in zip(keys, try Environment.entries(keys, in: LogTables.metaName, path: path)) {
            guard let row, let value = RowCheck.value(row.span, key: key.span)?.copy() else { continue }
            return LogMaking(value)
        }
        return nil
    }

    private init?(_ value: [UInt8]) {
        let lines = String(decoding: value, as: UTF8.self).split(separator: "\n")
        switch lines.first.map(String.init) {
        case Self.words.initialization: self = .initialization
        case Self.words.bundleImport:
            let names = lines.dropFirst()
            self = .bundleImport(
                checkpoints: names.filter { $0.utf8.count != 32 }.compactMap { UInt64($0) },
                forks: names.filter { $0.utf8.count == 32 }.map(String.init))
        default: return nil
        }
    }

    private var value: [UInt8] {
        let lines =
            switch self {
            case .initialization: [Self.words.initialization]
            case .bundleImport(let checkpoints, let forks): [Self.words.bundleImport] + checkpoints.map { "\($0)" } + forks
            }
        return lines.flatMap { Array(($0 + "\n").utf8) }
    }

    /// Stores that this ledger is being made.
    public func set(_ tables: LogTables, _ transaction: inout WriteTransaction) throws(StorageError) {
        try LogMeta.making.set(value, tables, &transaction)
    }

    /// Ends the making: from this transaction on the files are a ledger.
    public static func finish(_ tables: LogTables, _ transaction: inout WriteTransaction) throws(StorageError) {
        try LogMeta.making.remove(tables, &transaction)
        try LogMeta.format.set(LogMeta.currentFormat.bigEndianBytes, tables, &transaction)
    }
}

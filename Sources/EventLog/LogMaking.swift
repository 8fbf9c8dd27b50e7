internal import Bytes
internal import KeyEvents
public import Storage

/// What is being made of the files of a folder, until they are a ledger: kept in `meta` from the first transaction on, and taken away by the
/// one that sets `format`. Whatever interrupts the making, whoever begins it again finds here what the attempt before has left elsewhere.
///
/// Stored as ASCII, lines ended by LF: `init` or `import`, and behind `import` the names of what it adds to `checkpoints/`.
public enum LogMaking: Equatable, Sendable {
    case initialization
    /// With what is not there yet, and is not what somebody kept: checkpoints, by their size, and the folders of forks, by the id of the log.
    case bundleImport(checkpoints: [UInt64], forks: [String])

    private static let words = (initialization: "init", bundleImport: "import")

    /// `nil`: nothing that was begun by this version, or a ledger.
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

    public func set(_ tables: LogTables, _ transaction: inout WriteTransaction) throws(StorageError) {
        try LogMeta.making.set(value, tables, &transaction)
    }

    /// From this transaction on the files are a ledger.
    public static func finish(_ tables: LogTables, _ transaction: inout WriteTransaction) throws(StorageError) {
        try LogMeta.making.remove(tables, &transaction)
        try LogMeta.format.set(LogMeta.currentFormat.bigEndianBytes, tables, &transaction)
    }
}

internal import Bytes
internal import EventLog
internal import Glibc
internal import KeyEvents
internal import Storage

/// One numbered directory of views. It is in force until it names the generation that supersedes it.
final class ViewGeneration: Sendable {
    static let progressKey = Array("progress".utf8)
    static let supersededKey = Array("superseded".utf8)

    let number: UInt64
    let environment: Environment
    let tables: ViewTables

    init(folder: String, number: UInt64, isBeingBuilt: Bool = false) throws(StorageError) {
        self.number = number
        environment = try Environment(
            path: Self.path(folder, number), tables: ViewTables.names,
            options: .init(mapSize: 4 << 30, isSyncedByCaller: isBeingBuilt))
        tables = ViewTables(environment)
    }

    static func path(_ folder: String, _ number: UInt64) -> String { folder + "/" + String(number) }

    /// Returns how far the views have read the log; `nil` while nothing has been read.
    func progress(_ transaction: borrowing some Transaction & ~Copyable) throws -> ViewProgress? {
        guard let bytes = try transaction.get(Self.progressKey.span, in: tables.meta) else { return nil }
        guard let progress = ViewProgress(bytes) else {
            throw LogError.derivedDamaged(what: "the progress of the views")
        }
        return progress
    }

    func successor(_ transaction: borrowing some Transaction & ~Copyable) throws -> UInt64? {
        guard let bytes = try transaction.get(Self.supersededKey.span, in: tables.meta) else { return nil }
        guard bytes.count == 8 else { throw LogError.derivedDamaged(what: "which views are in force") }
        return bytes.bigEndian()
    }

    func supersede(by number: UInt64, _ transaction: inout WriteTransaction) throws {
        try transaction.put(Self.supersededKey, number.bigEndianBytes, in: tables.meta)
    }
}

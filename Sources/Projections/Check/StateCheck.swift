public import EventLog
internal import KeyEvents
internal import Storage

/// Compares the state in force with a fold of the log, which is made in a directory of its own. One page of entries is compared
/// per read transaction, each at the head of the log at that time.
public struct StateCheck {
    private let reader: LogReader
    private let tables: StateTables

    /// Creates a check of the state tables in force.
    public init(_ reader: LogReader, _ tables: StateTables) {
        self.reader = reader
        self.tables = tables
    }

    /// Runs the check.
    ///
    /// - Parameters:
    ///   - folder: The path of a directory, which is made, and removed afterwards.
    ///   - page: The number of entries that are compared in one read transaction.
    ///   - progress: Receives the position that is read next.
    /// - Returns: The position up to which the log was read, and the differences.
    /// - Throws: `LogError` where the log is damaged, and `StorageError` where it cannot be read or the directory cannot be
    ///   written.
    @available(*, noasync)
    public func run(
        in folder: String, page: Int = DifferenceList.page, progress: (UInt64) -> Void
    ) throws -> (position: UInt64, differences: DifferenceList) {
        FileSystem.removeDirectory(folder)
        try FileSystem.makeDirectory(folder)
        defer { FileSystem.removeDirectory(folder) }
        let scratch = try Environment(
            path: folder, tables: StateTables.tableNames.map { $0 + ".a" }, options: .init(mapSize: 4 << 30, isSyncedByCaller: true))
        let store = StateStore(StateTables.Set(scratch, ".a"))
        var next: UInt64 = 0
        // The larger part of the log is read first; records that are appended during this are read with the page that is compared.
        while true {
            var slice = StateSlice(from: next)
            let head = try slice.fill(from: reader, lifecycleEvents: 20_000)
            try scratch.write { try slice.apply(to: store, &$0) }
            next = slice.next
            progress(next)
            if next >= head { break }
        }
        var differences = DifferenceList()
        for value in try reader.environment.read({ try reader.damagedMeta($0) }) {
            let key = value.key
            differences.add("ledger/meta", key.span, .different)
        }
        for index in store.tables.all.indices {
            var last: [UInt8]? = []
            while let previous = last {
                last = try reader.environment.read { live in
                    var slice = StateSlice(from: next)
                    try slice.read(from: reader, limit: .max, lifecycleEvents: .max, live)
                    if !slice.events.isEmpty { try scratch.write { try slice.apply(to: store, &$0) } }
                    next = slice.next
                    let (name, table) = try tables.current(live).all[index]
                    return try scratch.read { expected in
                        try differences.compare(
                            "state/" + name, live, table, expected, store.tables.all[index].table, after: previous, limit: page)
                    }
                }
            }
        }
        return (next, differences)
    }
}

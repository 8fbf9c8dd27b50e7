public import EventLog
internal import KeyEvents
internal import LMDB

/// Compares the state in force with a fold of the log to the same position, made in a folder of its own.
public struct StateCheck {
    private let reader: LogReader
    private let tables: StateTables

    public init(_ reader: LogReader, _ tables: StateTables) {
        self.reader = reader
        self.tables = tables
    }

    /// `folder` is made, and removed afterwards.
    @available(*, noasync)
    public func run(in folder: String, progress: (UInt64) -> Void) throws -> (position: UInt64, differences: DifferenceList) {
        Folder.remove(folder)
        try Folder.make(folder)
        defer { Folder.remove(folder) }
        let scratch = try Environment(
            path: folder, tables: StateTables.tableNames.map { $0 + ".a" }, options: .init(mapSize: 4 << 30, isSyncedByCaller: true))
        let store = StateStore(StateTables.Set(scratch, ".a"))
        var next: UInt64 = 0
        // The bulk first, in read transactions of its own; what came meanwhile within the one that is compared.
        while true {
            var slice = StateSlice(from: next)
            let head = try slice.fill(from: reader, lifecycleEvents: 20_000)
            try scratch.write { try slice.apply(to: store, &$0) }
            next = slice.next
            progress(next)
            if next >= head { break }
        }
        return try reader.environment.read { live in
            var slice = StateSlice(from: next)
            try slice.read(from: reader, limit: .max, lifecycleEvents: .max, live)
            try scratch.write { try slice.apply(to: store, &$0) }
            var differences = DifferenceList()
            let current = try tables.current(live)
            try scratch.read { expected in
                for (live_, expected_) in zip(current.all, store.tables.all) {
                    try differences.compare("state/" + live_.name, live, live_.table, expected, expected_.table)
                }
            }
            return (slice.next, differences)
        }
    }
}

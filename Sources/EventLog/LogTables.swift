public import Storage

/// The tables of the log itself.
///
/// | table | key | value |
/// |---|---|---|
/// | `records` | position (8 bytes, big-endian) | see `StoredRecord` |
/// | `tree` | see `MerkleStore` | see `MerkleStore` |
/// | `commands` | see `CommandTable` | see `CommandTable` |
/// | `command-times` | time ‖ key in `commands` | nothing |
/// | `meta` | see `LogMeta` | see `LogMeta` |
public struct LogTables: Sendable {
    /// The name of the table `meta`.
    public static let metaName = "meta"
    /// The names of all tables of the log.
    public static let names = ["records", "tree", "commands", "command-times", metaName]

    /// The records.
    public let records: Table
    /// The stored nodes of the Merkle tree.
    public let tree: Table
    /// The remembered commands.
    public let commands: Table
    /// The times of the remembered commands.
    public let commandTimes: Table
    /// The named single values.
    public let meta: Table

    /// Finds the tables in an environment that was opened with their names.
    public init(_ environment: Environment) {
        records = environment.table("records")
        tree = environment.table("tree")
        commands = environment.table("commands")
        commandTimes = environment.table("command-times")
        meta = environment.table(Self.metaName)
    }

    package var merkle: MerkleStore { MerkleStore(tree: tree, records: records) }
}

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
    public static let metaName = "meta"
    public static let names = ["records", "tree", "commands", "command-times", metaName]

    public let records: Table
    public let tree: Table
    public let commands: Table
    public let commandTimes: Table
    public let meta: Table

    public init(_ environment: Environment) {
        records = environment.table("records")
        tree = environment.table("tree")
        commands = environment.table("commands")
        commandTimes = environment.table("command-times")
        meta = environment.table(Self.metaName)
    }

    package var merkle: MerkleStore { MerkleStore(tree: tree, records: records) }
}

internal import Bytes
internal import EventLog
internal import KeyEvents
public import Storage

/// The tables of what lifecycle events add up to, which are written in the transaction that appends the events. There are two
/// sets: one is in force, and the other is empty, being rebuilt, or not cleared yet.
///
/// | table | key | value |
/// |---|---|---|
/// | `keys` | key id (16 bytes) | `KeyStateCodec`, with its check (`RowCheck`) |
/// | `index` | digest of a secret (32 bytes) | `ValidationEntry` |
/// | `expiries` | `KeyState.nextEnd` (8 bytes, microseconds, big-endian) ‖ key id | nothing |
/// | `accounts` | account id ‖ `0x00` ‖ key id | nothing |
/// | `standings` | account id | `AccountStanding`, with its check (`RowCheck`) |
/// | `erasures` | account id ‖ `0x00` ‖ id of the data key (16 bytes) | `Erasure`, with its check (`RowCheck`) |
public struct StateTables: Sendable {
    /// The layout of all six tables. Tables of other layouts are rebuilt when a ledger is opened.
    public static let version: UInt32 = 6

    /// The names of the tables of a set, without the suffix of the set.
    public static let tableNames = ["keys", "index", "expiries", "accounts", "erasures", "standings"]
    /// The names of the tables of both sets.
    public static let names = StateTables.tableNames.map { $0 + ".a" } + StateTables.tableNames.map { $0 + ".b" }

    /// One set of state tables.
    public struct Set: Sendable {
        /// The states of the keys.
        public let keys: Table
        /// The validation index.
        public let index: Table
        /// The schedule of the ends that come by themselves.
        public let expiries: Table
        /// The keys of each account.
        public let accounts: Table
        /// The data keys that were destroyed.
        public let erasures: Table
        /// The standings of the accounts.
        public let standings: Table

        init(_ environment: Environment, _ suffix: String) {
            keys = environment.table("keys" + suffix)
            index = environment.table("index" + suffix)
            expiries = environment.table("expiries" + suffix)
            accounts = environment.table("accounts" + suffix)
            erasures = environment.table("erasures" + suffix)
            standings = environment.table("standings" + suffix)
        }

        /// All tables of the set with their names.
        public var all: [(name: String, table: Table)] {
            Array(zip(StateTables.tableNames, [keys, index, expiries, accounts, erasures, standings]))
        }
    }

    /// Both sets, stored inline so that a validation takes one of them without reference counting.
    public let sets: [2 of Set]
    let log: LogTables

    /// Finds the tables in an environment that was opened with their names.
    public init(_ environment: Environment) {
        sets = [Set(environment, ".a"), Set(environment, ".b")]
        log = LogTables(environment)
    }

    /// Returns the number of the set in force in the transaction's view, 0 or 1. The pointer and the tables are one snapshot.
    public func currentNumber(_ transaction: borrowing some Transaction & ~Copyable) throws -> Int {
        switch try LogMeta.stateSet.bytes(log, transaction) {
        case nil, [0]: return 0
        case [1]: return 1
        default: throw LogError.derivedDamaged(what: "which state tables are in force")
        }
    }

    /// Returns whether the tables have the layout of this version.
    public func isOfThisVersion(_ transaction: borrowing some Transaction & ~Copyable) throws -> Bool {
        do {
            return try LogMeta.stateVersion.bytes(log, transaction) == Self.version.bigEndianBytes
        } catch LogError.derivedDamaged {
            return false
        }
    }

    /// Stores that the tables have the layout of this version.
    public func markVersion(_ transaction: inout WriteTransaction) throws {
        try LogMeta.stateVersion.set(Self.version.bigEndianBytes, log, &transaction)
    }

    /// Returns the set in force in the transaction's view.
    public func current(_ transaction: borrowing some Transaction & ~Copyable) throws -> Set {
        sets[try currentNumber(transaction)]
    }
}

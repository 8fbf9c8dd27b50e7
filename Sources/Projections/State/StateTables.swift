internal import Bytes
internal import EventLog
internal import KeyEvents
public import Storage

/// What lifecycle events amount to, written in the transaction that appends them. Kept twice: one set is in force, the
/// other is empty, being rebuilt, or not emptied yet.
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
    /// The layout of all six. Other layouts are rebuilt when a ledger is opened.
    public static let version: UInt32 = 6

    public static let tableNames = ["keys", "index", "expiries", "accounts", "erasures", "standings"]
    public static let names = StateTables.tableNames.map { $0 + ".a" } + StateTables.tableNames.map { $0 + ".b" }

    public struct Set: Sendable {
        public let keys: Table
        public let index: Table
        public let expiries: Table
        public let accounts: Table
        public let erasures: Table
        public let standings: Table

        init(_ environment: Environment, _ suffix: String) {
            keys = environment.table("keys" + suffix)
            index = environment.table("index" + suffix)
            expiries = environment.table("expiries" + suffix)
            accounts = environment.table("accounts" + suffix)
            erasures = environment.table("erasures" + suffix)
            standings = environment.table("standings" + suffix)
        }

        public var all: [(name: String, table: Table)] {
            Array(zip(StateTables.tableNames, [keys, index, expiries, accounts, erasures, standings]))
        }
    }

    /// In place: a validation takes one of them without counting references.
    public let sets: [2 of Set]
    let log: LogTables

    public init(_ environment: Environment) {
        sets = [Set(environment, ".a"), Set(environment, ".b")]
        log = LogTables(environment)
    }

    /// 0 or 1: the set in force in the transaction's view. Pointer and tables are one snapshot.
    public func currentNumber(_ transaction: borrowing some Transaction & ~Copyable) throws -> Int {
        switch try LogMeta.stateSet.bytes(log, transaction) {
        case nil, [0]: return 0
        case [1]: return 1
        default: throw LogError.derivedDamaged(what: "which state tables are in force")
        }
    }

    public func isOfThisVersion(_ transaction: borrowing some Transaction & ~Copyable) throws -> Bool {
        do {
            return try LogMeta.stateVersion.bytes(log, transaction) == Self.version.bigEndianBytes
        } catch LogError.derivedDamaged {
            return false
        }
    }

    public func markVersion(_ transaction: inout WriteTransaction) throws {
        try LogMeta.stateVersion.set(Self.version.bigEndianBytes, log, &transaction)
    }

    public func current(_ transaction: borrowing some Transaction & ~Copyable) throws -> Set {
        sets[try currentNumber(transaction)]
    }
}

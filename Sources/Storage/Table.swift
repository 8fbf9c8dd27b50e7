internal import CLMDB

/// A named table of an environment. It is a number that is valid as long as the environment is open.
public struct Table: Hashable, Sendable {
    let handle: MDB_dbi
}

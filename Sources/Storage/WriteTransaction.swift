internal import Bytes
internal import CLMDB

/// A change that happens completely or not at all. Only one write transaction exists at a time among all processes that share the
/// files. It begins and ends on one thread. Dropping it without `commit` undoes it.
public struct WriteTransaction: ~Copyable, Transaction {
    let handle: TransactionHandle

    init(pointer: OpaquePointer) { unsafe handle = TransactionHandle(pointer: pointer) }

    deinit { unsafe mdb_txn_abort(handle.pointer) }

    /// How an entry is stored.
    public enum PutMode: Sendable {
        /// A new entry is added, and an existing one is replaced.
        case insertOrReplace
        /// A new entry is added; it fails with `.keyExists` where the entry exists.
        case insert
        /// The key sorts after all others; it fails with `.keyExists` where it does not. This is much cheaper, and fills pages
        /// completely.
        case append

        var flags: UInt32 {
            switch self {
            case .insertOrReplace: 0
            case .insert: UInt32(MDB_NOOVERWRITE)
            case .append: UInt32(MDB_APPEND)
            }
        }
    }

    /// Returns the value of an entry; `nil` where there is none.
    @_lifetime(borrow self)
    public borrowing func get(_ key: Span<UInt8>, in table: Table) throws(StorageError) -> Span<UInt8>? {
        guard let value = unsafe try handle.get(key, in: table) else { return nil }
        return unsafe _overrideLifetime(value.span, borrowing: self)
    }

    /// Returns a cursor over a table.
    @_lifetime(borrow self)
    public borrowing func cursor(in table: Table) throws(StorageError) -> Cursor {
        let cursor = try Cursor(handle, table)
        return unsafe _overrideLifetime(cursor, borrowing: self)
    }

    /// Returns the number of entries in a table.
    public borrowing func count(of table: Table) throws(StorageError) -> Int { try handle.count(of: table) }

    /// Returns how many pages of the file a table takes.
    public borrowing func pages(of table: Table) throws(StorageError) -> Int { try handle.pages(of: table) }

    /// The id of the transaction; see `Transaction`.
    public var id: UInt64 { handle.id }

    /// Stores an entry.
    public mutating func put(
        _ key: Span<UInt8>, _ value: Span<UInt8>, in table: Table, mode: PutMode = .insertOrReplace
    ) throws(StorageError) {
        let code = unsafe key.withUnsafeBytes { key in
            unsafe value.withUnsafeBytes { value in
                var key = unsafe MDB_val(key)
                var value = unsafe MDB_val(value)
                return unsafe mdb_put(handle.pointer, table.handle, &key, &value, mode.flags)
            }
        }
        try check(code)
    }

    /// Stores an entry.
    public mutating func put(_ key: [UInt8], _ value: [UInt8], in table: Table, mode: PutMode = .insertOrReplace) throws(StorageError) {
        try put(key.span, value.span, in: table, mode: mode)
    }

    /// Stores an entry under the eight big-endian bytes of `key`.
    public mutating func put(
        _ key: UInt64, _ value: Span<UInt8>, in table: Table, mode: PutMode = .insertOrReplace
    ) throws(StorageError) {
        let bytes = BigEndianKey(key)
        try put(bytes.storage.span, value, in: table, mode: mode)
    }

    /// Deletes an entry, and returns whether it was there.
    @discardableResult
    public mutating func delete(_ key: Span<UInt8>, in table: Table) throws(StorageError) -> Bool {
        let code = unsafe key.withUnsafeBytes { bytes in
            var key = unsafe MDB_val(bytes)
            return unsafe mdb_del(handle.pointer, table.handle, &key, nil)
        }
        if code == MDB_NOTFOUND { return false }
        try check(code)
        return true
    }

    /// Removes all entries of a table; the table stays.
    public mutating func clear(_ table: Table) throws(StorageError) {
        try check(unsafe mdb_drop(handle.pointer, table.handle, 0))
    }

    /// Opens a table, and makes it where it is missing.
    func makeTable(_ name: String) throws(StorageError) -> Table {
        var table: MDB_dbi = 0
        try check(unsafe mdb_dbi_open(handle.pointer, name, UInt32(MDB_CREATE), &table))
        return Table(handle: table)
    }

    /// Commits the transaction, durably. After an error other than `.mapFull` the outcome is unknown until the files were
    /// reopened.
    consuming func commit() throws(StorageError) {
        let pointer = unsafe handle.pointer
        discard self
        try check(unsafe mdb_txn_commit(pointer))
    }
}

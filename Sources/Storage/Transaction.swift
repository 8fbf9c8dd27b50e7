internal import Bytes
internal import CLMDB

/// The operations of both kinds of transactions. Bytes that are lent out die with the transaction, and in a write transaction at
/// the next write; the compiler enforces both.
public protocol Transaction: ~Copyable {
    /// Returns the value of an entry; `nil` where there is none.
    @_lifetime(borrow self)
    borrowing func get(_ key: Span<UInt8>, in table: Table) throws(StorageError) -> Span<UInt8>?

    /// Returns a cursor over a table.
    @_lifetime(borrow self)
    borrowing func cursor(in table: Table) throws(StorageError) -> Cursor

    /// Returns the number of entries in a table.
    borrowing func count(of table: Table) throws(StorageError) -> Int

    /// The id of the transaction, which grows by one with each committed write transaction. A reader may see the contents of a
    /// later one; see `ReaderSlot`.
    var id: UInt64 { get }
}

extension Transaction where Self: ~Copyable {
    /// Returns the value of the entry under the eight big-endian bytes of `key`; `nil` where there is none.
    @_lifetime(borrow self)
    public borrowing func get(_ key: UInt64, in table: Table) throws(StorageError) -> Span<UInt8>? {
        let bytes = BigEndianKey(key)
        return try get(bytes.storage.span, in: table)
    }
}

/// The raw handle that both kinds of transactions wrap. All calls into C that read are here.
@safe struct TransactionHandle {
    let pointer: OpaquePointer

    func get(_ key: Span<UInt8>, in table: Table) throws(StorageError) -> MDB_val? {
        var value = unsafe MDB_val()
        let code = unsafe key.withUnsafeBytes { bytes in
            var key = unsafe MDB_val(bytes)
            return unsafe mdb_get(pointer, table.handle, &key, &value)
        }
        if code == MDB_NOTFOUND { return nil }
        try check(code)
        return unsafe value
    }

    /// Opens a table; `nil` where it is missing.
    func openTable(_ name: String) throws(StorageError) -> Table? {
        var table: MDB_dbi = 0
        let code = unsafe mdb_dbi_open(pointer, name, 0, &table)
        if code == MDB_NOTFOUND { return nil }
        try check(code)
        return Table(handle: table)
    }

    func count(of table: Table) throws(StorageError) -> Int { try Int(statistics(of: table).ms_entries) }

    /// Returns how many pages of the file a table takes: those of its tree, and those of values that are too long for the tree.
    func pages(of table: Table) throws(StorageError) -> Int {
        let statistics = try statistics(of: table)
        return Int(statistics.ms_branch_pages &+ statistics.ms_leaf_pages &+ statistics.ms_overflow_pages)
    }

    private func statistics(of table: Table) throws(StorageError) -> MDB_stat {
        var statistics = MDB_stat()
        try check(unsafe mdb_stat(pointer, table.handle, &statistics))
        return statistics
    }

    var id: UInt64 { unsafe UInt64(UInt(bitPattern: mdb_txn_id(pointer))) }
}

extension MDB_val {
    /// Lends bytes to C, which takes a mutable pointer but only reads through it.
    init(_ bytes: UnsafeRawBufferPointer) {
        unsafe self.init(mv_size: bytes.count, mv_data: UnsafeMutableRawPointer(mutating: bytes.baseAddress))
    }

    /// The bytes as a span. The caller ties it to the transaction.
    var span: Span<UInt8> {
        @_lifetime(immortal)
        get {
            let bytes = unsafe UnsafeRawBufferPointer(start: mv_data, count: mv_size)
            return unsafe _overrideLifetime(Span(_unsafeBytes: bytes), copying: ())
        }
    }
}

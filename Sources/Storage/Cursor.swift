internal import Bytes
internal import CLMDB

/// Walks a table in key order. Lives inside its transaction; while one is alive the transaction cannot be written to.
@safe public struct Cursor: ~Copyable, ~Escapable {
    private let pointer: OpaquePointer
    private var entry: (key: MDB_val, value: MDB_val) = unsafe (MDB_val(), MDB_val())

    @_lifetime(immortal)
    init(_ transaction: TransactionHandle, _ table: Table) throws(StorageError) {
        var pointer: OpaquePointer?
        let code = unsafe mdb_cursor_open(transaction.pointer, table.handle, &pointer)
        try check(code)
        unsafe self.pointer = pointer!
    }

    deinit { unsafe mdb_cursor_close(pointer) }

    /// Of the entry the last successful move went to.
    public var key: Span<UInt8> {
        @_lifetime(borrow self)
        get { unsafe _overrideLifetime(entry.key.span, borrowing: self) }
    }

    public var value: Span<UInt8> {
        @_lifetime(borrow self)
        get { unsafe _overrideLifetime(entry.value.span, borrowing: self) }
    }

    /// Each move answers whether it found an entry.
    @_lifetime(self: copy self)
    public mutating func first() throws(StorageError) -> Bool { try move(MDB_FIRST) }

    @_lifetime(self: copy self)
    public mutating func last() throws(StorageError) -> Bool { try move(MDB_LAST) }

    @_lifetime(self: copy self)
    public mutating func next() throws(StorageError) -> Bool { try move(MDB_NEXT) }

    @_lifetime(self: copy self)
    public mutating func previous() throws(StorageError) -> Bool { try move(MDB_PREV) }

    /// To the first entry at or after `key`; an empty key comes before all.
    @_lifetime(self: copy self)
    public mutating func seek(_ key: Span<UInt8>) throws(StorageError) -> Bool {
        if key.isEmpty { return try first() }
        var found = unsafe (key: MDB_val(), value: MDB_val())
        let code = unsafe key.withUnsafeBytes { bytes in
            unsafe found.key = MDB_val(bytes)
            return unsafe mdb_cursor_get(pointer, &found.key, &found.value, MDB_SET_RANGE)
        }
        if code == MDB_NOTFOUND { return false }
        try check(code)
        unsafe entry = found
        return true
    }

    @_lifetime(self: copy self)
    public mutating func seek(_ key: UInt64) throws(StorageError) -> Bool {
        let bytes = BigEndianKey(key)
        return try seek(bytes.storage.span)
    }

    /// To the last entry before `key`.
    @_lifetime(self: copy self)
    public mutating func seek(before key: Span<UInt8>) throws(StorageError) -> Bool {
        if try seek(key) { return try previous() }
        return try last()
    }

    @_lifetime(self: copy self)
    private mutating func move(_ operation: MDB_cursor_op) throws(StorageError) -> Bool {
        var found = unsafe (key: MDB_val(), value: MDB_val())
        let code = unsafe mdb_cursor_get(pointer, &found.key, &found.value, operation)
        if code == MDB_NOTFOUND { return false }
        try check(code)
        unsafe entry = found
        return true
    }
}

internal import Bytes
internal import CLMDB

/// A position in a table that moves in the order of the keys. It lives inside its transaction, which cannot be written to while a
/// cursor exists.
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

    /// The key of the entry that the last successful move went to.
    public var key: Span<UInt8> {
        @_lifetime(borrow self)
        get { unsafe _overrideLifetime(entry.key.span, borrowing: self) }
    }

    /// The value of the entry that the last successful move went to.
    public var value: Span<UInt8> {
        @_lifetime(borrow self)
        get { unsafe _overrideLifetime(entry.value.span, borrowing: self) }
    }

    /// Moves to the first entry and returns whether there is one, as every move does.
    @_lifetime(self: copy self)
    public mutating func first() throws(StorageError) -> Bool { try move(MDB_FIRST) }

    /// Moves to the last entry and returns whether there is one.
    @_lifetime(self: copy self)
    public mutating func last() throws(StorageError) -> Bool { try move(MDB_LAST) }

    /// Moves to the next entry and returns whether there is one.
    @_lifetime(self: copy self)
    public mutating func next() throws(StorageError) -> Bool { try move(MDB_NEXT) }

    /// Moves to the previous entry and returns whether there is one.
    @_lifetime(self: copy self)
    public mutating func previous() throws(StorageError) -> Bool { try move(MDB_PREV) }

    /// Moves to the first entry at or after `key`, and returns whether there is one. An empty key comes before all others.
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

    /// Moves to the first entry at or after the eight big-endian bytes of `key`, and returns whether there is one.
    @_lifetime(self: copy self)
    public mutating func seek(_ key: UInt64) throws(StorageError) -> Bool {
        let bytes = BigEndianKey(key)
        return try seek(bytes.storage.span)
    }

    /// Moves to the last entry before `key`, and returns whether there is one.
    @_lifetime(self: copy self)
    public mutating func seek(before key: Span<UInt8>) throws(StorageError) -> Bool {
        if try seek(key) { return try previous() }
        return try last()
    }

    /// Moves to the last entry and returns whether there is one.
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

internal import CLMDB

/// A consistent view of all tables. It should be short and is synchronous: a long one keeps all pages that are freed during it from
/// being reused.
public struct ReadTransaction: ~Copyable, Transaction {
    let handle: TransactionHandle
    let slot: ReaderSlot

    /// Takes over a slot whose transaction has begun, and releases it at the end of its life.
    init(slot: consuming ReaderSlot, pointer: OpaquePointer) {
        self.slot = slot
        unsafe handle = TransactionHandle(pointer: pointer)
    }

    deinit {
        slot.end()
        slot.release()
    }

    @_lifetime(borrow self)
    /// Returns the value of an entry; `nil` where there is none.
    public borrowing func get(_ key: Span<UInt8>, in table: Table) throws(StorageError) -> Span<UInt8>? {
        guard let value = unsafe try handle.get(key, in: table) else { return nil }
        return unsafe _overrideLifetime(value.span, borrowing: self)
    }

    @_lifetime(borrow self)
    /// Returns a cursor over a table.
    public borrowing func cursor(in table: Table) throws(StorageError) -> Cursor {
        let cursor = try Cursor(handle, table)
        return unsafe _overrideLifetime(cursor, borrowing: self)
    }

    /// Returns the number of entries in a table.
    public borrowing func count(of table: Table) throws(StorageError) -> Int { try handle.count(of: table) }

    /// The id of the transaction; see `Transaction`.
    public var id: UInt64 { handle.id }

    /// Returns numbers computed from this view. They are computed again only where the contents have changed since this reader
    /// was last used.
    @inlinable
    public borrowing func remembered(_ compute: () throws -> SIMD4<UInt64>) rethrows -> SIMD4<UInt64> {
        if let numbers = rememberedNumbers() { return numbers }
        let numbers = try compute()
        remember(numbers)
        return numbers
    }

    @usableFromInline
    borrowing func rememberedNumbers() -> SIMD4<UInt64>? { slot.remembered() }

    @usableFromInline
    borrowing func remember(_ numbers: SIMD4<UInt64>) { slot.remember(numbers) }
}

internal import CLMDB

/// One consistent view of all tables. Short and synchronous: a long one keeps every page freed since from being reused.
public struct ReadTransaction: ~Copyable, Transaction {
    let handle: TransactionHandle
    let slot: ReaderSlot

    /// Takes over a slot whose transaction has begun, and gives it back when it goes.
    init(slot: consuming ReaderSlot, pointer: OpaquePointer) {
        self.slot = slot
        unsafe handle = TransactionHandle(pointer: pointer)
    }

    deinit {
        slot.end()
        slot.release()
    }

    @_lifetime(borrow self)
    public borrowing func get(_ key: Span<UInt8>, in table: Table) throws(StorageError) -> Span<UInt8>? {
        guard let value = unsafe try handle.get(key, in: table) else { return nil }
        return unsafe _overrideLifetime(value.span, borrowing: self)
    }

    @_lifetime(borrow self)
    public borrowing func cursor(in table: Table) throws(StorageError) -> Cursor {
        let cursor = try Cursor(handle, table)
        return unsafe _overrideLifetime(cursor, borrowing: self)
    }

    public borrowing func count(of table: Table) throws(StorageError) -> Int { try handle.count(of: table) }

    public var id: UInt64 { handle.id }

    /// Numbers worked out from this view, worked out again only when the contents have changed since this reader's last turn.
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

internal import CLMDB
internal import Synchronization

/// A read transaction that is reset after use and renewed for the next: beginning one anew would take LMDB's reader lock.
/// Whoever holds the slot (`take` … `release`) may touch the rest of it.
@safe final class ReaderSlot: @unchecked Sendable {
    private let isTaken = Atomic<Bool>(false)
    private var transaction: OpaquePointer?
    private var memory: (id: UInt64, number: UInt64)?

    func take() -> Bool {
        isTaken.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged
    }

    func release() { isTaken.store(false, ordering: .releasing) }

    /// A renewed transaction of `environment`.
    func begin(_ environment: OpaquePointer) throws(LMDBError) -> OpaquePointer {
        if let transaction = unsafe transaction {
            let code = unsafe mdb_txn_renew(transaction)
            if code == 0 { return unsafe transaction }
            discard()
            try check(code)
        }
        var fresh: OpaquePointer?
        try check(unsafe mdb_txn_begin(environment, nil, UInt32(MDB_RDONLY), &fresh))
        unsafe transaction = fresh
        return unsafe fresh!
    }

    func end() { unsafe mdb_txn_reset(transaction) }

    /// Before the environment closes or its map moves.
    func discard() {
        if let transaction = unsafe transaction { unsafe mdb_txn_abort(transaction) }
        unsafe transaction = nil
        memory = nil
    }

    func remembered(at id: UInt64) -> UInt64? {
        guard let memory, memory.id == id else { return nil }
        return memory.number
    }

    func remember(_ number: UInt64, at id: UInt64) { memory = (id, number) }
}

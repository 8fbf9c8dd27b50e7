internal import CLMDB
internal import Synchronization

/// A read transaction that is reset after use and renewed for the next, since beginning a new one would take LMDB's reader lock.
/// Only the thread that has taken the slot (`take` … `release`) may use the rest of it.
@safe final class ReaderSlot: @unchecked Sendable {
    private let isTaken = Atomic<Bool>(false)
    // The thread that has taken the slot is alone with it, so exclusive access need not be checked a second time, on every
    // validation.
    @exclusivity(unchecked) private var transaction: OpaquePointer?
    /// The id of the commit whose contents are visible; `nil` where that is not certain.
    @exclusivity(unchecked) private var id: UInt64?
    @exclusivity(unchecked) private var memory: (id: UInt64, numbers: SIMD4<UInt64>)?
    /// The number of attempts to get a certain view. A writer that is killed at the wrong time leaves the last commit unannounced until
    /// the next one, and until then readers must continue.
    private static let attempts = 4

    func take() -> Bool {
        isTaken.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged
    }

    func release() { isTaken.store(false, ordering: .releasing) }

    /// Returns a renewed transaction of `environment`.
    ///
    /// LMDB reads a reader's id and its tables one after the other. A reader that is delayed in between while two commits pass
    /// has the tables of a later commit than its id says. If the id is still that of the last commit afterwards, none has passed.
    ///
    /// - Parameters:
    ///   - environment: The environment of LMDB.
    ///   - prepare: Is called before the slot is entered into LMDB's table of readers, which takes the lock of that table.
    /// - Returns: The transaction, which `end` resets.
    /// - Throws: `StorageError` where LMDB cannot begin it, `.overwritten` where the last commit in the file is older than the one that
    ///   was announced or the table of readers is another, and what `prepare` throws.
    func begin(_ environment: OpaquePointer, _ prepare: () throws(StorageError) -> Void) throws(StorageError) -> OpaquePointer {
        for _ in 0..<Self.attempts {
            let transaction = unsafe try renewed(environment, prepare)
            let announced = unsafe UInt64(UInt(bitPattern: mdb_txn_id(transaction)))
            let last = unsafe Self.lastCommit(environment)
            // A commit is in the file before it is announced.
            if announced > last {
                end()
                throw .overwritten
            }
            let isCertain = announced == last
            unsafe id = isCertain ? announced : nil
            if isCertain { return unsafe transaction }
            end()
        }
        return unsafe try renewed(environment, prepare)
    }

    private func renewed(_ environment: OpaquePointer, _ prepare: () throws(StorageError) -> Void) throws(StorageError) -> OpaquePointer {
        if let transaction = unsafe transaction {
            let code = unsafe mdb_txn_renew(transaction)
            if code == 0 { return unsafe transaction }
            discard()
            // The place of this reader in the table of readers is not as it was left, so others were written over the table.
            if code == MDB_BAD_RSLOT { throw .overwritten }
            try check(code)
        }
        try prepare()
        var fresh: OpaquePointer?
        try check(unsafe mdb_txn_begin(environment, nil, UInt32(MDB_RDONLY), &fresh))
        unsafe transaction = fresh
        return unsafe fresh!
    }

    /// Returns the number of the last commit in the file.
    static func lastCommit(_ environment: OpaquePointer) -> UInt64 {
        var information = unsafe MDB_envinfo()
        unsafe mdb_env_info(environment, &information)
        return unsafe UInt64(UInt(bitPattern: information.me_last_txnid))
    }

    func end() { unsafe mdb_txn_reset(transaction) }

    /// Ends the transaction before the environment closes or its map moves.
    func discard() {
        if let transaction = unsafe transaction { unsafe mdb_txn_abort(transaction) }
        unsafe transaction = nil
        unsafe memory = nil
    }

    func remembered() -> SIMD4<UInt64>? {
        guard let memory = unsafe memory, unsafe memory.id == id else { return nil }
        return memory.numbers
    }

    func remember(_ numbers: SIMD4<UInt64>) {
        if let id = unsafe id { unsafe memory = (id, numbers) }
    }
}

internal import ArgumentParser
internal import CLMDB
internal import Crypto
internal import Ledger

/// The least that can be done to look a secret up: SHA-256, a renewed read transaction, one get, on the same files. What
/// `Verdicts` is held against.
struct BareLoop: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "SHA-256, mdb_txn_renew, mdb_get, mdb_txn_reset, in random order.")

    @OptionGroup var options: LoopOptions

    func run() throws {
        let bench = BenchLedger(folder: options.folder)
        let (secrets, width) = try options.presented(bench)

        var created: OpaquePointer?
        try check(unsafe mdb_env_create(&created))
        let environment = unsafe created
        defer { unsafe mdb_env_close(environment) }
        try check(unsafe mdb_env_set_mapsize(environment, 16 << 30))
        try check(unsafe mdb_env_set_maxdbs(environment, 32))
        try check(unsafe mdb_env_open(environment, bench.data.ledger, UInt32(MDB_NOTLS | MDB_RDONLY), 0o600))
        var begun: OpaquePointer?
        try check(unsafe mdb_txn_begin(environment, nil, UInt32(MDB_RDONLY), &begun))
        let transaction = unsafe begun
        var opened: MDB_dbi = 0
        // A new ledger's first set of state tables; see `StateTables`.
        try check(unsafe mdb_dbi_open(transaction, "index.a", 0, &opened))
        let index = opened
        // A commit, or the handle would end with the transaction.
        try check(unsafe mdb_txn_commit(transaction))
        try check(unsafe mdb_txn_begin(environment, nil, UInt32(MDB_RDONLY), &begun))
        let reader = unsafe begun
        unsafe mdb_txn_reset(reader)

        func ask(_ calls: Int) throws {
            try unsafe secrets.withUnsafeBytes { bytes in
                for call in 0..<calls {
                    let start = call * width % bytes.count
                    let secret = unsafe UnsafeRawBufferPointer(rebasing: bytes[start..<start + width - 1])
                    var hasher = SHA256()
                    unsafe hasher.update(bufferPointer: secret)
                    let digest = hasher.finalize()
                    try check(unsafe mdb_txn_renew(reader))
                    var value = unsafe MDB_val()
                    let code = unsafe digest.withUnsafeBytes { digest in
                        var key = unsafe MDB_val(mv_size: digest.count, mv_data: UnsafeMutableRawPointer(mutating: digest.baseAddress))
                        return unsafe mdb_get(reader, index, &key, &value)
                    }
                    try check(code)
                    // The version of its layout, whichever it is: the entry is looked at, as whoever uses it does.
                    guard unsafe value.mv_data.load(as: UInt8.self) != 0 else { throw Failure("an entry without a layout") }
                    unsafe mdb_txn_reset(reader)
                }
            }
        }
        try ask(secrets.count / width)
        let duration = try ContinuousClock().measure { try ask(options.calls) }
        unsafe mdb_txn_abort(reader)
        printRate(options.calls, in: duration)
    }

    private func check(_ code: Int32) throws {
        guard code == 0 else { throw Failure(unsafe String(cString: mdb_strerror(code))) }
    }
}

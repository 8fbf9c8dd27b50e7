internal import ArgumentParser
internal import CLMDB
internal import Crypto
internal import Foundation
internal import Ledger

/// A cursor over all records and SHA-256 of each, on one thread. What `audit verify` is held against.
struct BareScan: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "SHA-256 of every record.")

    @Argument(help: "What make-uses made.")
    var folder: String

    func run() throws {
        var created: OpaquePointer?
        try check(unsafe mdb_env_create(&created))
        let environment = unsafe created
        defer { unsafe mdb_env_close(environment) }
        try check(unsafe mdb_env_set_mapsize(environment, 16 << 30))
        try check(unsafe mdb_env_set_maxdbs(environment, 32))
        try check(unsafe mdb_env_open(environment, BenchLedger(folder: folder).data.ledger, UInt32(MDB_NOTLS | MDB_RDONLY), 0o600))
        var begun: OpaquePointer?
        try check(unsafe mdb_txn_begin(environment, nil, UInt32(MDB_RDONLY), &begun))
        defer { unsafe mdb_txn_abort(begun) }
        var table: MDB_dbi = 0
        try check(unsafe mdb_dbi_open(begun, "records", 0, &table))
        var cursor: OpaquePointer?
        try check(unsafe mdb_cursor_open(begun, table, &cursor))
        var (count, sum) = (0, UInt8(0))
        let duration = ContinuousClock().measure {
            var key = unsafe MDB_val()
            var value = unsafe MDB_val()
            while unsafe mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == 0 {
                var hasher = SHA256()
                unsafe hasher.update(bufferPointer: UnsafeRawBufferPointer(start: value.mv_data, count: value.mv_size))
                unsafe hasher.finalize().withUnsafeBytes { sum &+= unsafe $0[0] }
                count += 1
            }
        }
        if sum == 0 { FileHandle.standardError.write(Data("\n".utf8)) }
        printRate(count, in: duration)
    }

    private func check(_ code: Int32) throws {
        guard code == 0 else { throw Failure(unsafe String(cString: mdb_strerror(code))) }
    }
}

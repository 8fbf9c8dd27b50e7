internal import ArgumentParser
internal import CLMDB
internal import Crypto
internal import Foundation
internal import KeyEvents

/// The least that appending the same bytes can cost: two SHA-256 a record, `mdb_put` with `MDB_APPEND`, one durable commit a batch. What
/// `Appends` is held against.
struct BareAppends: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Two SHA-256 and mdb_put with MDB_APPEND of the same bytes.")

    @OptionGroup var options: AppendOptions

    func run() throws {
        try FileManager.default.createDirectory(atPath: options.folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: options.folder) }
        // The values have the length of stored ones: the record and its check.
        let values = try options.events().map { try EventCodec.encode($0) + [0, 0, 0, 0] }
        var created: OpaquePointer?
        try check(unsafe mdb_env_create(&created))
        let environment = unsafe created
        defer { unsafe mdb_env_close(environment) }
        try check(unsafe mdb_env_set_mapsize(environment, 16 << 30))
        try check(unsafe mdb_env_set_maxdbs(environment, 4))
        try check(unsafe mdb_env_open(environment, options.folder, UInt32(MDB_NOTLS), 0o600))
        var table: MDB_dbi = 0
        var begun: OpaquePointer?
        try check(unsafe mdb_txn_begin(environment, nil, 0, &begun))
        try check(unsafe mdb_dbi_open(begun, "records", UInt32(MDB_CREATE), &table))
        try check(unsafe mdb_txn_commit(begun))
        var sum: UInt8 = 0
        let duration = try ContinuousClock().measure {
            for start in stride(from: 0, to: values.count, by: options.batch) {
                var begun: OpaquePointer?
                try check(unsafe mdb_txn_begin(environment, nil, 0, &begun))
                for position in start..<min(start + options.batch, values.count) {
                    try unsafe values[position].withUnsafeBytes { bytes in
                        var first = SHA256()
                        unsafe first.update(bufferPointer: bytes)
                        let digest = first.finalize()
                        var second = SHA256()
                        unsafe digest.withUnsafeBytes { unsafe second.update(bufferPointer: $0) }
                        unsafe second.finalize().withUnsafeBytes { sum &+= unsafe $0[0] }
                        try unsafe withUnsafeBytes(of: UInt64(position).bigEndian) { number in
                            var key = unsafe MDB_val(mv_size: 8, mv_data: UnsafeMutableRawPointer(mutating: number.baseAddress))
                            var value = unsafe MDB_val(mv_size: bytes.count, mv_data: UnsafeMutableRawPointer(mutating: bytes.baseAddress))
                            try check(unsafe mdb_put(begun, table, &key, &value, UInt32(MDB_APPEND)))
                        }
                    }
                }
                try check(unsafe mdb_txn_commit(begun))
            }
        }
        if sum == 0 { FileHandle.standardError.write(Data("\n".utf8)) }
        printRate(values.count, in: duration)
    }

    private func check(_ code: Int32) throws {
        guard code == 0 else { throw Failure(unsafe String(cString: mdb_strerror(code))) }
    }
}

internal import CLMDB
internal import Glibc
internal import Synchronization

/// The tables in one folder, shared by all threads of this process and with other processes on the host.
/// Grows its map as needed, adopts the growth of others, and reopens itself after a failed commit.
@safe public final class Environment: Sendable {
    public struct Options: Sendable {
        /// Address space to begin with, in bytes; doubled whenever it is full.
        public var mapSize: Int
        /// In bytes; beyond it writes fail with `.mapFull`.
        public var largestMapSize: Int
        /// Commits return before they are durable. Only for what can be made again; end with `sync`.
        public var isSyncedByCaller: Bool

        public init(mapSize: Int = 16 << 30, largestMapSize: Int = 16 << 40, isSyncedByCaller: Bool = false) {
            self.mapSize = mapSize
            self.largestMapSize = largestMapSize
            self.isSyncedByCaller = isSyncedByCaller
        }
    }

    public let path: String
    private let options: Options
    private let tableNames: [String]
    private let readers = ReaderPool(size: 64)
    /// Held by the thread that writes, and by whoever moves the map.
    private let writing = Mutex<Void>(())
    /// Changes only while no transaction exists in this process.
    nonisolated(unsafe) private var environment: OpaquePointer
    private let presence: ProcessPresence
    private let turn: FileLock
    private let mapSizeNow: Atomic<Int>
    private let roomEnd = Atomic<Int>(0)
    private let tables: [String: Table]

    /// Opens the folder, which must exist, and makes the tables that are missing.
    public init(path: String, tables names: [String], options: Options = Options()) throws(LMDBError) {
        self.path = path
        self.options = options
        tableNames = names
        try OpenPaths.enter(path)
        do {
            presence = try ProcessPresence(folder: path)
            turn = try FileLock(path: path + "/turn")
            let opened = unsafe try Self.open(path, names, options, mapSize: options.mapSize)
            unsafe environment = opened.environment
            tables = unsafe Dictionary(uniqueKeysWithValues: zip(names, opened.tables))
        } catch {
            OpenPaths.leave(path)
            throw error
        }
        mapSizeNow = Atomic(options.mapSize)
    }

    deinit {
        readers.withoutReaders { unsafe mdb_env_close(environment) }
        OpenPaths.leave(path)
    }

    private static func open(
        _ path: String, _ names: [String], _ options: Options, mapSize: Int
    ) throws(LMDBError) -> (environment: OpaquePointer, tables: [Table]) {
        var created: OpaquePointer?
        try check(unsafe mdb_env_create(&created), path)
        let environment = unsafe created!
        do {
            try check(unsafe mdb_env_set_mapsize(environment, mapSize), path)
            try check(unsafe mdb_env_set_maxdbs(environment, UInt32(names.count)), path)
            try check(unsafe mdb_env_set_maxreaders(environment, 1024), path)
            let flags = UInt32(MDB_NOTLS) | (options.isSyncedByCaller ? UInt32(MDB_NOSYNC) : 0)
            try check(unsafe mdb_env_open(environment, path, flags, 0o600), path)
            // What a killed writer left only in the page cache must be on disk before anyone builds on it.
            try check(unsafe mdb_env_sync(environment, 1), path)
            try check(unsafe mdb_reader_check(environment, nil), path)
            return unsafe (environment, try openTables(environment, names, path))
        } catch {
            unsafe mdb_env_close(environment)
            throw error
        }
    }

    private static func openTables(_ environment: OpaquePointer, _ names: [String], _ path: String) throws(LMDBError) -> [Table] {
        var adoptions = 0
        while true {
            var transaction: OpaquePointer?
            let code = unsafe mdb_txn_begin(environment, nil, 0, &transaction)
            if code == MDB_MAP_RESIZED, adoptions < 8 {
                adoptions += 1
                try check(unsafe mdb_env_set_mapsize(environment, 0), path)
                continue
            }
            try check(code, path)
            var tables: [Table] = []
            for name in names {
                var handle: MDB_dbi = 0
                let code = unsafe mdb_dbi_open(transaction, name, UInt32(MDB_CREATE), &handle)
                if code != 0 { unsafe mdb_txn_abort(transaction) }
                try check(code, path)
                tables.append(Table(handle: handle))
            }
            try check(unsafe mdb_txn_commit(transaction), path)
            return tables
        }
    }

    /// One of the tables named to `init`.
    public func table(_ name: String) -> Table {
        guard let table = tables[name] else { preconditionFailure("\(path) was opened without the table \(name)") }
        return table
    }

    /// Runs `body` on a consistent view. Not to be nested, and no `await` inside.
    public func read<R: ~Copyable>(_ body: (borrowing ReadTransaction) throws -> R) throws -> R {
        while true {
            let slot = readers.take()
            let pointer: OpaquePointer
            do throws(LMDBError) {
                unsafe pointer = try slot.begin(environment)
            } catch {
                slot.release()
                try recover(from: error)
                continue
            }
            defer {
                slot.end()
                slot.release()
            }
            let transaction = unsafe ReadTransaction(slot: slot, pointer: pointer)
            return try body(transaction)
        }
    }

    /// Runs `body` in the one write transaction and commits, durably. Whatever `body` throws undoes it.
    /// `body` may run again from the start when the map had to grow, so it must not have effects of its own.
    @available(*, noasync)
    public func write<R>(_ body: (inout WriteTransaction) throws -> R) throws -> R {
        try writing.withLock { _ in
            while true {
                do {
                    var transaction = try begin()
                    let result = try body(&transaction)
                    do throws(LMDBError) {
                        try transaction.commit()
                    } catch {
                        if error != .mapFull { try reopen() }
                        throw error
                    }
                    return result
                } catch let error as LMDBError where error == .mapFull || error == .mapResized {
                    try adoptOrGrow(error)
                }
            }
        }
    }

    /// Takes turns with other processes: LMDB's own lock lets a busy process win again and again. A process that waits for
    /// that lock holds `turn` meanwhile, so the busy one cannot come back before it.
    private func begin() throws(LMDBError) -> WriteTransaction {
        turn.lock()
        defer { turn.unlock() }
        var pointer: OpaquePointer?
        try check(unsafe mdb_txn_begin(environment, nil, 0, &pointer), path)
        return unsafe WriteTransaction(pointer: pointer!)
    }

    private func recover(from error: LMDBError) throws {
        switch error {
        case .mapResized: try writing.withLock { _ in try adoptOrGrow(error) }
        case .readersFull:
            guard clearStaleReaders() > 0 else { throw error }
        default: throw error
        }
    }

    /// With `writing` held.
    private func adoptOrGrow(_ error: LMDBError) throws {
        try readers.withoutReaders {
            if error == .mapResized {
                try check(unsafe mdb_env_set_mapsize(environment, 0), path)
                var info = unsafe MDB_envinfo()
                try check(unsafe mdb_env_info(environment, &info), path)
                mapSizeNow.store(unsafe info.me_mapsize, ordering: .relaxed)
            } else {
                let size = mapSizeNow.load(ordering: .relaxed)
                guard size < options.largestMapSize else { throw LMDBError.mapFull }
                let larger = min(size * 2, options.largestMapSize)
                try check(unsafe mdb_env_set_mapsize(environment, larger), path)
                mapSizeNow.store(larger, ordering: .relaxed)
            }
        }
    }

    /// With `writing` held. A failed commit leaves LMDB's picture of the files in doubt; a fresh look settles it.
    private func reopen() throws {
        try readers.withoutReaders {
            unsafe mdb_env_close(environment)
            let opened = unsafe try Self.open(path, tableNames, options, mapSize: mapSizeNow.load(ordering: .relaxed))
            unsafe environment = opened.environment
            roomEnd.store(0, ordering: .relaxed)
        }
    }

    /// The number of the newest committed transaction, of any process. Costs no transaction.
    public var lastTransactionID: UInt64 { information.lastTransactionID }

    public var information: EnvironmentInformation {
        // A taken slot keeps the environment from being closed meanwhile.
        let slot = readers.take()
        defer { slot.release() }
        var info = unsafe MDB_envinfo()
        var statistics = MDB_stat()
        unsafe mdb_env_info(environment, &info)
        unsafe mdb_env_stat(environment, &statistics)
        return unsafe EnvironmentInformation(
            mapBytes: info.me_mapsize, usedBytes: (info.me_last_pgno + 1) * Int(statistics.ms_psize),
            lastTransactionID: UInt64(info.me_last_txnid), readerSlotsUsed: Int(info.me_numreaders))
    }

    /// Frees the places of readers that were killed; they would keep freed pages from being reused. Answers how many.
    @discardableResult
    public func clearStaleReaders() -> Int {
        var dead: Int32 = 0
        unsafe mdb_reader_check(environment, &dead)
        return Int(dead)
    }

    public func sync() throws(LMDBError) { try check(unsafe mdb_env_sync(environment, 1), path) }

    /// Whether the file has `bytes` of room beyond what is used, taken from the disk beforehand, so that they can be written
    /// even when the disk is full by then. Takes some more at a time to do so rarely.
    public func ensureRoom(_ bytes: Int) -> Bool {
        let used = information.usedBytes
        if roomEnd.load(ordering: .relaxed) >= used + bytes { return true }
        var descriptor: mdb_filehandle_t = -1
        var status = stat()
        guard unsafe mdb_env_get_fd(environment, &descriptor) == 0, unsafe fstat(descriptor, &status) == 0 else { return false }
        // LMDB extends the file only by writing to it, so what lies beyond the used pages was taken here earlier.
        if Int(status.st_size) >= used + bytes {
            roomEnd.store(Int(status.st_size), ordering: .relaxed)
            return true
        }
        for length in [bytes + bytes, bytes] {
            if fallocate(descriptor, 0, used, length) == 0 {
                roomEnd.store(used + length, ordering: .relaxed)
                return true
            }
            // A file system that cannot promise room: writing will tell.
            if errno == EOPNOTSUPP || errno == ENOSYS { return true }
        }
        return false
    }
}

public struct EnvironmentInformation: Sendable {
    public let mapBytes: Int
    public let usedBytes: Int
    public let lastTransactionID: UInt64
    public let readerSlotsUsed: Int
}

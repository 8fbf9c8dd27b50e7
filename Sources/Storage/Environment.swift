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
    private let files: EnvironmentFiles
    private let tableNames: [String]
    private let readers = ReaderPool(size: 64)
    /// Held by the thread that writes, and by whoever moves the map.
    private let writing = Mutex<Void>(())
    /// Changes only while no transaction exists in this process. `nil` when reopening failed; the next transaction tries again.
    @exclusivity(unchecked) nonisolated(unsafe) private var environment: OpaquePointer?
    private let folder: OpenFolder
    private let presence: ProcessPresence
    private let turn: FileLock
    private var lockFile: LockFile { files.lockFile }
    /// Whether this process had to wait for its last turn.
    private let hadToWait = Atomic(false)
    private let roomEnd = Atomic<Int>(0)
    /// Of the file that was opened.
    private let file: FilePlace?
    private let tables: [String: Table]

    /// Opens the folder, which must exist, and makes the tables that are missing.
    public init(path: String, tables names: [String], options: Options = Options()) throws(StorageError) {
        self.path = path
        tableNames = names
        folder = try OpenFolder(path)
        presence = try ProcessPresence(folder: path)
        turn = try FileLock(path: path + "/turn")
        let isNew = unsafe access(path + "/data.mdb", F_OK) != 0
        files = try EnvironmentFiles(path, options)
        let opened = unsafe try files.open(tables: names, turn)
        unsafe environment = opened.environment
        file = FilePlace(path + "/data.mdb")
        tables = unsafe Dictionary(uniqueKeysWithValues: zip(names, opened.tables))
        // LMDB syncs the file and not its name.
        if isNew { try Folder.sync(path) }
    }

    /// Whether another file stands in the place of the one that is open: somebody has moved or restored the folder beneath this process,
    /// and what is written here is lost.
    public var isReplaced: Bool { file != FilePlace(path + "/data.mdb") }

    private struct FilePlace: Equatable {
        let device: dev_t
        let inode: ino_t

        init?(_ path: String) {
            var status = stat()
            guard unsafe stat(path, &status) == 0 else { return nil }
            (device, inode) = (status.st_dev, status.st_ino)
        }
    }

    deinit { readers.withoutReaders { unsafe mdb_env_close(environment) } }

    /// Entries of a folder that is not open yet, to learn whether it may be opened: nothing is made or changed. `nil` for each where
    /// there is no such entry or table.
    public static func entries(_ keys: [[UInt8]], in table: String, path: String) throws(StorageError) -> [[UInt8]?] {
        let folder = try OpenFolder(path)
        let presence = try ProcessPresence(folder: path)
        defer { withExtendedLifetime((folder, presence)) {} }
        let files = try EnvironmentFiles(path, Options())
        defer { withExtendedLifetime(files) {} }
        let environment = unsafe try files.open(tableCount: 1)
        defer { unsafe mdb_env_close(environment) }
        var pointer: OpaquePointer?
        try check(unsafe mdb_txn_begin(environment, nil, UInt32(MDB_RDONLY), &pointer), path)
        let transaction = unsafe TransactionHandle(pointer: pointer!)
        defer { unsafe mdb_txn_abort(transaction.pointer) }
        guard let table = try transaction.openTable(table) else { return keys.map { _ in nil } }
        var found: [[UInt8]?] = []
        for key in keys { unsafe try found.append(transaction.get(key.span, in: table)?.span.copy()) }
        return found
    }

    /// One of the tables named to `init`.
    public func table(_ name: String) -> Table {
        guard let table = tables[name] else { preconditionFailure("\(path) was opened without the table \(name)") }
        return table
    }

    /// Runs `body` on a consistent view. Not to be nested, and no `await` inside.
    public func read<R: ~Copyable>(_ body: (borrowing ReadTransaction) throws -> R) throws -> R {
        let transaction = try beginReading()
        return try body(transaction)
    }

    private func beginReading() throws -> ReadTransaction {
        var attempts = 0
        while true {
            let slot = readers.take()
            do throws(StorageError) {
                let pointer = unsafe try slot.begin(opened()) { () throws(StorageError) in try files.awaitReaderTable() }
                return unsafe ReadTransaction(slot: slot, pointer: pointer)
            } catch {
                slot.release()
                attempts += 1
                try recover(from: error, attempts)
            }
        }
    }

    /// Runs `body` in the one write transaction and commits, durably. Whatever `body` throws undoes it.
    /// `body` may run again from the start when the map had to grow, so it must not have effects of its own.
    /// Throws `.lockHeld`, before `body` runs, where another process keeps the lock of writers until `deadline`.
    @available(*, noasync)
    public func write<R>(until deadline: Deadline = .lockWait, _ body: (inout WriteTransaction) throws -> R) throws -> R {
        try writing.withLock { _ in
            while true {
                do {
                    var transaction = try begin(until: deadline)
                    let result = try body(&transaction)
                    try commit(transaction)
                    return result
                } catch let error as StorageError {
                    guard let change = MapChange(for: error) else { throw error }
                    try apply(change)
                }
            }
        }
    }

    /// With `writing` held. After an error other than `.mapFull` it is unknown what the files hold: they are opened again.
    private func commit(_ transaction: consuming WriteTransaction) throws(StorageError) {
        do throws(StorageError) {
            try transaction.commit()
        } catch {
            if error == .mapFull { throw error }
            let isShortOfRoom = error == .inputOutput && isDiskFull
            try reopen()
            throw isShortOfRoom ? .noSpace : error
        }
    }

    /// In microseconds; longer than it takes a process that waits for its turn to notice that nobody has it.
    private static let gap: useconds_t = 300

    /// Takes turns with other processes: LMDB's own lock lets a busy process win again and again. A process that waits for
    /// that lock holds `turn` meanwhile, so the busy one cannot come back before it; and where there are several, each that has had its
    /// turn leaves them a gap.
    private func begin(until deadline: Deadline) throws(StorageError) -> WriteTransaction {
        if unsafe environment == nil { try reopen() }
        if hadToWait.load(ordering: .relaxed) { usleep(Self.gap) }
        let isNext = turn.tryLock()
        hadToWait.store(!isNext, ordering: .relaxed)
        if !isNext { try files.takeTurn(turn, until: deadline) }
        defer { turn.unlock() }
        if lockFile.writer != nil { hadToWait.store(true, ordering: .relaxed) }
        return unsafe WriteTransaction(pointer: try files.beginWriting(opened(), until: deadline))
    }

    /// Whether somebody writes, here or in another process. Costs one call to the system.
    public var isBeingWritten: Bool { lockFile.writer != nil }

    /// Who writes, as far as it can be seen.
    public var writer: LockHolder? { lockFile.writer.map { LockHolder(thread: $0) } }

    /// Another process that has these files open; `nil`: there is none.
    public var otherProcess: LockHolder? { lockFile.user.map { LockHolder(thread: $0) } }

    /// Runs `body` while no other process has these files open or can open them. Throws `.lockHeld`, naming one that has, where that is so
    /// until `deadline`.
    public func alone<R>(until deadline: Deadline = .lockWait, _ body: () throws -> R) throws -> R {
        do { return try presence.alone(until: deadline, body) } catch StorageError.lockHeld(let path, let holder) {
            throw StorageError.lockHeld(path: path, by: otherProcess ?? holder)
        }
    }

    /// LMDB reports a write that was cut short as an error of the disk. Mostly there was no room for the rest.
    private var isDiskFull: Bool {
        var descriptor: mdb_filehandle_t = -1
        var status = stat()
        guard unsafe mdb_env_get_fd(environment, &descriptor) == 0, unsafe fstat(descriptor, &status) == 0,
            fallocate(descriptor, 0, status.st_size, Int(status.st_blksize)) != 0
        else { return false }
        return StorageError(code: errno, path: path) == .noSpace
    }

    /// `attempts`: how many have failed.
    private func recover(from error: StorageError, _ attempts: Int) throws {
        switch error {
        case .mapResized: try writing.withLock { _ in try apply(.adoption) }
        case .panic:
            // Either the thread that writes is about to reopen the files, or it tried and could not.
            try writing.withLock { _ in if unsafe environment == nil { try reopen() } }
        case .readersFull:
            // Whoever reads now may be done in a moment, and another thread may have freed the places of those that were killed.
            guard clearStaleReaders() > 0 || attempts < 10 else { throw error }
            usleep(1_000)
        default: throw error
        }
    }

    private func opened() throws(StorageError) -> OpaquePointer {
        guard let environment = unsafe environment else { throw .panic }
        return unsafe environment
    }

    /// With `writing` held.
    private func apply(_ change: MapChange) throws(StorageError) {
        try readers.withoutReaders { () throws(StorageError) in
            do throws(StorageError) {
                unsafe try change.apply(to: opened(), path, largestSize: files.options.largestMapSize)
            } catch {
                // A map that could not be moved is gone.
                if error != .mapFull { try closeAndOpen() }
                throw error
            }
        }
    }

    /// With `writing` held. A failed commit leaves LMDB's picture of the files in doubt; a fresh look settles it.
    private func reopen() throws(StorageError) {
        try readers.withoutReaders { () throws(StorageError) in try closeAndOpen() }
    }

    /// While no transaction exists in this process.
    private func closeAndOpen() throws(StorageError) {
        unsafe mdb_env_close(environment)
        unsafe environment = nil
        roomEnd.store(0, ordering: .relaxed)
        unsafe environment = try files.open(tables: tableNames, turn).environment
    }

    /// Runs `body` while the files stay open, without a transaction; with `nil` when they could not be reopened.
    private func withEnvironment<R>(_ body: (OpaquePointer?) -> R) -> R {
        let slot = readers.take()
        defer { slot.release() }
        return unsafe body(environment)
    }

    /// The number of the newest committed transaction, of any process. Costs no transaction.
    public var lastTransactionID: UInt64 { information.lastTransactionID }

    /// All zero while the files could not be reopened after a failed commit.
    public var information: EnvironmentInformation {
        unsafe withEnvironment { environment in
            var info = unsafe MDB_envinfo()
            var statistics = MDB_stat()
            if unsafe environment == nil {
                return EnvironmentInformation(mapBytes: 0, usedBytes: 0, lastTransactionID: 0)
            }
            unsafe mdb_env_info(environment, &info)
            unsafe mdb_env_stat(environment, &statistics)
            return unsafe EnvironmentInformation(
                mapBytes: info.me_mapsize, usedBytes: (info.me_last_pgno + 1) * Int(statistics.ms_psize),
                lastTransactionID: UInt64(info.me_last_txnid))
        }
    }

    /// Frees the places of readers that were killed; they would keep freed pages from being reused. Answers how many.
    @discardableResult
    public func clearStaleReaders() -> Int {
        unsafe withEnvironment { environment in
            guard (try? files.awaitReaderTable()) != nil else { return 0 }
            var dead: Int32 = 0
            unsafe mdb_reader_check(environment, &dead)
            return Int(dead)
        }
    }

    public func sync() throws(StorageError) {
        try check(unsafe withEnvironment { unsafe $0 == nil ? MDB_PANIC : mdb_env_sync($0, 1) }, path)
    }

    /// Whether the file has `bytes` of room beyond what is used, taken from the disk beforehand, so that they can be written
    /// even when the disk is full by then. Takes some more at a time to do so rarely.
    public func ensureRoom(_ bytes: Int) -> Bool {
        let used = information.usedBytes
        if roomEnd.load(ordering: .relaxed) >= used + bytes { return true }
        return unsafe withEnvironment { environment in
            var descriptor: mdb_filehandle_t = -1
            guard unsafe mdb_env_get_fd(environment, &descriptor) == 0 else { return false }
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
}

public struct EnvironmentInformation: Sendable {
    public let mapBytes: Int
    public let usedBytes: Int
    public let lastTransactionID: UInt64
}

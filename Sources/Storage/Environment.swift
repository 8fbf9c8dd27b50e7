internal import CLMDB
internal import Glibc
internal import Synchronization

/// The tables in one directory, shared by all threads of this process and with other processes on the host. An environment grows its
/// map as needed, adopts the growth of others, and reopens its files after a failed commit.
@safe public final class Environment: Sendable {
    /// The options with which an environment is opened.
    public struct Options: Sendable {
        /// The initial size of the map in the address space, in bytes; it is doubled whenever the map is full.
        public var mapSize: Int
        /// The maximum size of the map, in bytes; beyond it writes fail with `.mapFull`.
        public var maxMapSize: Int
        /// Whether commits return before they are durable. The option is only for data that can be made again; the caller ends with
        /// `sync`.
        public var isSyncedByCaller: Bool

        /// Makes options.
        ///
        /// - Parameters:
        ///   - mapSize: the initial size of the map in the address space, in bytes.
        ///   - maxMapSize: the maximum size of the map, in bytes.
        ///   - isSyncedByCaller: whether commits return before they are durable.
        public init(mapSize: Int = 16 << 30, maxMapSize: Int = 16 << 40, isSyncedByCaller: Bool = false) {
            self.mapSize = mapSize
            self.maxMapSize = maxMapSize
            self.isSyncedByCaller = isSyncedByCaller
        }
    }

    private static let failedAssertion = Atomic(false)

    /// Whether LMDB is about to end the process because a page holds what no page of its files may hold, for the handler of the signal.
    public static var hasFailedAssertion: Bool { failedAssertion.load(ordering: .relaxed) }

    static func noteFailedAssertion() { failedAssertion.store(true, ordering: .relaxed) }

    /// The path of the directory.
    public let path: String
    private let files: EnvironmentFiles
    private let tableNames: [String]
    private let readers = ReaderPool(size: 64)
    /// The mutex that is locked by the thread that writes, and by a thread that moves the map.
    private let writing = Mutex<Void>(())
    /// The open environment. It changes only while no transaction exists in this process, and is `nil` when reopening failed; the next
    /// transaction tries again.
    @exclusivity(unchecked) nonisolated(unsafe) private var environment: OpaquePointer?
    private let folder: OpenDirectory
    private let presence: ProcessPresence
    private let queueLock: FileLock
    private var lockFile: LockFile { files.lockFile }
    /// Whether this process had to wait for its last write transaction.
    private let hadToWait = Atomic(false)
    private let roomEnd = Atomic<Int>(0)
    /// Whether an older copy was seen in the files. What is written into them afterwards may hide it, so this is never forgotten.
    private let isOverwritten = Atomic(false)
    /// The identities of the files that were opened.
    private let openFiles: OpenFiles
    private let tables: [String: Table]

    /// Opens the directory, which must exist, and makes the tables that are missing.
    ///
    /// - Parameters:
    ///   - path: the path of the directory.
    ///   - names: the names of the tables.
    ///   - options: the options.
    /// - Throws: `StorageError` where the files cannot be opened.
    public init(path: String, tables names: [String], options: Options = Options()) throws(StorageError) {
        self.path = path
        tableNames = names
        folder = try OpenDirectory(path)
        presence = try ProcessPresence(folder: path)
        queueLock = try FileLock(path: path + "/turn")
        let isNew = unsafe access(path + "/data.mdb", F_OK) != 0
        files = try EnvironmentFiles(path, options)
        let opened = unsafe try files.open(tables: names, queueLock)
        unsafe environment = opened.environment
        openFiles = OpenFiles(path)
        tables = unsafe Dictionary(uniqueKeysWithValues: zip(names, opened.tables))
        // LMDB syncs the file and not its name.
        if isNew { try FileSystem.syncDirectory(path) }
    }

    /// Whether a file that is open was replaced by another, or removed: the directory was moved or restored while this process had it
    /// open, and everything that is written here is lost; or the file with the locks is gone, and processes that open the directory from
    /// then on write as if there were no others.
    public var isReplaced: Bool { openFiles != OpenFiles(path) }

    /// Throws where another program has made a file shorter, which it must not be while it is open: what is gone may not have been needed
    /// yet. It costs two system calls.
    ///
    /// - Throws: `StorageError.cutShort`.
    public func checkSizes() throws(StorageError) { try files.maps.checkSizes() }

    /// The files of a directory that are there at a time.
    private struct OpenFiles: Equatable {
        let data: FilePlace?
        let locks: FilePlace?

        init(_ path: String) {
            data = FilePlace(path + "/data.mdb")
            locks = FilePlace(path + "/lock.mdb")
        }
    }

    deinit { readers.withoutReaders { unsafe mdb_env_close(environment) } }

    /// Returns entries of a directory that is not open yet, to determine whether it may be opened. Nothing is made or changed.
    ///
    /// - Parameters:
    ///   - keys: the keys of the entries.
    ///   - table: the name of the table.
    ///   - path: the path of the directory.
    /// - Returns: the values in the order of `keys`, `nil` for each where there is no such entry or table.
    /// - Throws: `StorageError` where the files cannot be read.
    public static func entries(_ keys: [[UInt8]], in table: String, path: String) throws(StorageError) -> [[UInt8]?] {
        let folder = try OpenDirectory(path)
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
        let found = try transaction.openTable(table)
        try files.maps.check()
        guard let table = found else { return keys.map { _ in nil } }
        var values: [[UInt8]?] = []
        for key in keys { unsafe try values.append(transaction.get(key.span, in: table)?.span.copy()) }
        try files.maps.check()
        return values
    }

    /// Returns one of the tables that were named when the environment was opened.
    ///
    /// - Parameter name: the name of the table.
    /// - Returns: the table.
    public func table(_ name: String) -> Table {
        guard let table = tables[name] else { preconditionFailure("\(path) was opened without the table \(name)") }
        return table
    }

    /// Runs `body` on a consistent view. Calls must not be nested, and `body` must not `await`.
    ///
    /// - Parameter body: the reading.
    /// - Returns: the result of `body`.
    /// - Throws: the error of `body`, or `StorageError` where no transaction can be begun; `.cutShort`, whatever `body` has made of it,
    ///   where a file was made shorter meanwhile.
    public func read<R: ~Copyable>(_ body: (borrowing ReadTransaction) throws -> R) throws -> R {
        let transaction = try beginReading()
        do {
            let result = try body(transaction)
            try files.maps.check()
            return result
        } catch {
            try files.maps.check()
            throw error
        }
    }

    private func beginReading() throws -> ReadTransaction {
        var attempts = 0
        var changes = MapChanges()
        while true {
            let slot = readers.take()
            do throws(StorageError) {
                try files.maps.check()
                try checkNotOverwritten()
                let pointer = unsafe try slot.begin(opened()) { () throws(StorageError) in try files.awaitReaderTable() }
                do throws(StorageError) { try files.maps.check() } catch {
                    slot.end()
                    throw error
                }
                return unsafe ReadTransaction(slot: slot, pointer: pointer)
            } catch {
                slot.release()
                try files.maps.check()
                attempts += 1
                note(error)
                try recover(from: error, attempts, &changes)
            }
        }
    }

    private func checkNotOverwritten() throws(StorageError) { if isOverwritten.load(ordering: .relaxed) { throw .overwritten } }

    private func note(_ error: StorageError) { if error == .overwritten { isOverwritten.store(true, ordering: .relaxed) } }

    /// Runs `body` in the only write transaction and commits, durably. An error that `body` throws undoes the transaction. `body` may
    /// run again from the start when the map had to grow, so it must not have side effects.
    ///
    /// - Parameters:
    ///   - deadline: the time until which the call waits for the lock of writers.
    ///   - body: the writing.
    /// - Returns: the result of `body`.
    /// - Throws: the error of `body`; `.lockHeld`, before `body` runs, where another process has the lock of writers until `deadline`;
    ///   another `StorageError` where the transaction cannot be begun or committed.
    @available(*, noasync)
    public func write<R>(until deadline: Deadline = .lockWait, _ body: (inout WriteTransaction) throws -> R) throws -> R {
        try writing.withLock { _ in
            var changes = MapChanges()
            while true {
                do {
                    try checkNotOverwritten()
                    var transaction = try begin(until: deadline)
                    let result: R
                    do { result = try body(&transaction) } catch {
                        try files.maps.check()
                        throw error
                    }
                    try files.maps.check()
                    try commit(transaction)
                    // What a commit has read of a page that is gone is in the file now.
                    try files.maps.check()
                    return result
                } catch let error as StorageError {
                    note(error)
                    guard let change = try changes.next(for: error) else { throw error }
                    try apply(change)
                }
            }
        }
    }

    /// Commits a transaction; the caller has locked `writing`. After an error other than `.mapFull` the content of the files is
    /// unknown, so they are opened again.
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

    /// The pause before a busy process writes again, in microseconds; it is longer than a waiting process takes to notice that the lock
    /// is free.
    private static let gap: useconds_t = 300

    /// Begins a write transaction, in fair alternation with other processes: LMDB's own lock lets a busy process win again and again. A
    /// process that waits for that lock has `queueLock` locked in the meantime, so the busy one cannot begin before it; and where several
    /// processes wait, each that has written leaves them a gap.
    private func begin(until deadline: Deadline) throws(StorageError) -> WriteTransaction {
        if unsafe environment == nil { try reopen() }
        if hadToWait.load(ordering: .relaxed) { usleep(Self.gap) }
        let isNext = queueLock.tryLock()
        hadToWait.store(!isNext, ordering: .relaxed)
        if !isNext { try files.lockQueue(queueLock, until: deadline) }
        defer { queueLock.unlock() }
        if lockFile.writer != nil { hadToWait.store(true, ordering: .relaxed) }
        return unsafe WriteTransaction(pointer: try files.beginWriting(opened(), until: deadline))
    }

    /// Whether a thread of this or another process writes. Reading the property costs one system call.
    public var isBeingWritten: Bool { lockFile.writer != nil }

    /// The thread that writes, in this or another process, as far as the system shows it; `nil` where none does.
    public var writer: LockHolder? { lockFile.writer.map { LockHolder(thread: $0) } }

    /// Another process that has these files open; `nil` where there is none.
    public var otherProcess: LockHolder? { lockFile.user.map { LockHolder(thread: $0) } }

    /// Runs `body` while no other process has these files open or can open them.
    ///
    /// - Parameters:
    ///   - deadline: the time until which the call waits for other processes.
    ///   - body: the work.
    /// - Returns: the result of `body`.
    /// - Throws: the error of `body`; `.lockHeld`, naming a process, where one has the files open until `deadline`.
    public func alone<R>(until deadline: Deadline = .lockWait, _ body: () throws -> R) throws -> R {
        do { return try presence.alone(until: deadline, body) } catch StorageError.lockHeld(let path, let holder) {
            throw StorageError.lockHeld(path: path, by: otherProcess ?? holder)
        }
    }

    /// Whether the disk is full: LMDB reports a write that was cut short as an error of the disk, and mostly the reason is that there
    /// was no room for the rest.
    private var isDiskFull: Bool {
        var descriptor: mdb_filehandle_t = -1
        var status = stat()
        guard unsafe mdb_env_get_fd(environment, &descriptor) == 0, unsafe fstat(descriptor, &status) == 0,
            fallocate(descriptor, 0, status.st_size, Int(status.st_blksize)) != 0
        else { return false }
        return StorageError(code: errno, path: path) == .noSpace
    }

    /// Recovers from an error, so that the transaction can be tried again, or throws the error. `attempts` is the number of attempts
    /// that have failed.
    private func recover(from error: StorageError, _ attempts: Int, _ changes: inout MapChanges) throws {
        switch error {
        case .mapResized:
            _ = try changes.next(for: error)
            try writing.withLock { _ in try apply(.adoption) }
        case .panic:
            // Either the thread that writes is about to reopen the files, or it tried and failed.
            try writing.withLock { _ in if unsafe environment == nil { try reopen() } }
        case .readersFull:
            // The readers of now may end shortly, and another thread may have freed the slots of readers that were killed.
            guard clearStaleReaders() > 0 || attempts < 10 else { throw error }
            usleep(1_000)
        default: throw error
        }
    }

    private func opened() throws(StorageError) -> OpaquePointer {
        guard let environment = unsafe environment else { throw .panic }
        return unsafe environment
    }

    /// Applies a change to the map; the caller has locked `writing`.
    private func apply(_ change: MapChange) throws(StorageError) {
        try readers.withoutReaders { () throws(StorageError) in
            do throws(StorageError) {
                unsafe try change.apply(to: opened(), path, maxSize: files.options.maxMapSize)
                files.maps.watch()
            } catch {
                // A map that could not be moved is gone.
                if error != .mapFull { try closeAndOpen() }
                throw error
            }
        }
    }

    /// Reopens the files; the caller has locked `writing`. After a failed commit LMDB's state may not be that of the files, and opening
    /// them again makes it so.
    private func reopen() throws(StorageError) {
        try readers.withoutReaders { () throws(StorageError) in try closeAndOpen() }
    }

    /// Closes the files and opens them again, while no transaction exists in this process.
    private func closeAndOpen() throws(StorageError) {
        unsafe mdb_env_close(environment)
        unsafe environment = nil
        roomEnd.store(0, ordering: .relaxed)
        unsafe environment = try files.open(tables: tableNames, queueLock).environment
    }

    /// Runs `body` while the files stay open, without a transaction; `body` gets `nil` when they could not be reopened.
    private func withEnvironment<R>(_ body: (OpaquePointer?) -> R) -> R {
        let slot = readers.take()
        defer { slot.release() }
        return unsafe body(environment)
    }

    /// The number of the last committed transaction of any process. Reading the property begins no transaction.
    public var lastTransactionID: UInt64 { information.lastTransactionID }

    /// The sizes and counts of the environment; all are zero while the files could not be reopened after a failed commit.
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
                mapBytes: info.me_mapsize, usedBytes: Self.bytes(upToPage: info.me_last_pgno, size: statistics.ms_psize),
                lastTransactionID: UInt64(UInt(bitPattern: info.me_last_txnid)))
        }
    }

    /// The size of the pages up to the last one, in bytes; 0 where the number of that page is damaged.
    private static func bytes(upToPage last: Int, size: UInt32) -> Int {
        let (bytes, isBeyond) = last.multipliedReportingOverflow(by: Int(size))
        return isBeyond || bytes < 0 || bytes > Int.max / 2 ? 0 : bytes + Int(size)
    }

    /// Frees the slots of readers that were killed; they would keep freed pages from being reused.
    ///
    /// - Returns: the number of slots that were freed.
    @discardableResult
    public func clearStaleReaders() -> Int {
        unsafe withEnvironment { environment in
            guard (try? files.awaitReaderTable()) != nil else { return 0 }
            var dead: Int32 = 0
            unsafe mdb_reader_check(environment, &dead)
            return Int(dead)
        }
    }

    /// Makes everything durable that was committed.
    ///
    /// - Throws: `StorageError` where the files are not open, or cannot be synced.
    public func sync() throws(StorageError) {
        try check(unsafe withEnvironment { unsafe $0 == nil ? MDB_PANIC : mdb_env_sync($0, 1) }, path)
    }

    /// Returns whether the file has `bytes` of room beyond its used part. The room is allocated on the disk in advance, so that it can
    /// be written even when the disk is full by then; a larger part is allocated at a time, so that this is rarely necessary.
    ///
    /// - Parameter bytes: the number of bytes.
    /// - Returns: `true` where there is room, or where the file system cannot guarantee it.
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
                // The file system cannot allocate room in advance: only writing shows whether there is any.
                if errno == EOPNOTSUPP || errno == ENOSYS { return true }
            }
            return false
        }
    }
}

/// The sizes of an environment, and the number of its last transaction.
public struct EnvironmentInformation: Sendable {
    /// The size of the map, in bytes.
    public let mapBytes: Int
    /// The size of the used part of the file, in bytes.
    public let usedBytes: Int
    /// The number of the last committed transaction.
    public let lastTransactionID: UInt64
}

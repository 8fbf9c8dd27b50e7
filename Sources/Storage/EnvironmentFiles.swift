internal import CLMDB
internal import Glibc

/// The files of an environment: how they are opened, and how their locks are acquired.
///
/// LMDB waits for its locks without limit, also for a process that was stopped. So the state of each lock is checked first, and the
/// lock is acquired when it is free; where one is not free in time, `.lockHeld` is thrown, which names its holder.
struct EnvironmentFiles: Sendable {
    let path: String
    let options: Environment.Options
    let lockFile: LockFile
    let maps: MapWatch

    private static let readerPlaces = 1024

    /// Opens only the lock file, and nothing else yet.
    init(_ path: String, _ options: Environment.Options) throws(StorageError) {
        self.path = path
        self.options = options
        lockFile = try LockFile(folder: path, places: Self.readerPlaces)
        maps = MapWatch(folder: path)
    }

    /// Opens the files and the tables; missing ones are made.
    func open(tables names: [String], _ queueLock: FileLock) throws(StorageError) -> (environment: OpaquePointer, tables: [Table]) {
        let environment = unsafe try open(tableCount: names.count)
        do {
            // The data that a killed writer left only in the page cache must be on disk before another transaction builds on it.
            try check(unsafe mdb_env_sync(environment, 1), path)
            let tables = unsafe try openTables(names, environment, queueLock)
            try maps.check()
            return unsafe (environment, tables)
        } catch {
            unsafe mdb_env_close(environment)
            throw error
        }
    }

    /// Opens the files for a maximum number of tables, and none of the tables.
    func open(tableCount: Int) throws(StorageError) -> OpaquePointer {
        var created: OpaquePointer?
        try check(unsafe mdb_env_create(&created), path)
        let environment = unsafe created!
        do throws(StorageError) {
            unsafe mdb_env_set_assert(environment) { _, _ in Environment.noteFailedAssertion() }
            try check(unsafe mdb_env_set_mapsize(environment, options.mapSize), path)
            try check(unsafe mdb_env_set_maxdbs(environment, UInt32(tableCount)), path)
            try check(unsafe mdb_env_set_maxreaders(environment, UInt32(Self.readerPlaces)), path)
            let flags = UInt32(MDB_NOTLS) | (options.isSyncedByCaller ? UInt32(MDB_NOSYNC) : 0)
            // LMDB would wait for the lock without limit.
            let wait = Deadline.lockWait
            guard try wait.poll({ lockFile.preparer == nil }) else {
                throw StorageError.lockHeld(path: path + "/lock.mdb", by: lockFile.preparer.map { LockHolder(thread: $0) })
            }
            // The file has a fixed mode, whatever the umask is; any other problem with it is reported by LMDB.
            if let descriptor = try? FileSystem.openFile(path + "/data.mdb") { close(descriptor) }
            try check(unsafe mdb_env_open(environment, path, flags, 0o600), path)
            maps.watch()
            // The table is awaited before the first reader here: all its slots may belong to processes that were killed.
            try awaitReaderTable()
            try check(unsafe mdb_reader_check(environment, nil), path)
            return unsafe environment
        } catch {
            unsafe mdb_env_close(environment)
            throw error
        }
    }

    private func openTables(_ names: [String], _ environment: OpaquePointer, _ queueLock: FileLock) throws(StorageError) -> [Table] {
        let deadline = Deadline.lockWait
        var changes = MapChanges()
        while true {
            do throws(StorageError) {
                // Mostly all tables exist, and then this process need not wait for a writer.
                if let tables = unsafe try existingTables(names, environment) { return tables }
                try lockQueue(queueLock, until: deadline)
                defer { queueLock.unlock() }
                let transaction = unsafe WriteTransaction(pointer: try beginWriting(environment, until: deadline))
                let tables = try names.map { name throws(StorageError) in try transaction.makeTable(name) }
                try transaction.commit()
                return tables
            } catch {
                guard let change = try changes.next(for: error) else { throw error }
                unsafe try change.apply(to: environment, path, maxSize: options.maxMapSize)
                maps.watch()
            }
        }
    }

    /// Returns the tables where all of them exist; `nil` when one is missing.
    private func existingTables(_ names: [String], _ environment: OpaquePointer) throws(StorageError) -> [Table]? {
        var pointer: OpaquePointer?
        try check(unsafe mdb_txn_begin(environment, nil, UInt32(MDB_RDONLY), &pointer), path)
        let transaction = unsafe TransactionHandle(pointer: pointer!)
        var tables: [Table] = []
        do throws(StorageError) {
            for name in names {
                guard let table = try transaction.openTable(name) else { break }
                tables.append(table)
            }
        } catch {
            unsafe mdb_txn_abort(transaction.pointer)
            throw error
        }
        // Handles survive only a transaction that is committed.
        try check(unsafe mdb_txn_commit(transaction.pointer), path)
        return tables.count == names.count ? tables : nil
    }

    // MARK: Locks

    /// Waits briefly while another process changes the reader table, which is quick unless the process is stopped within it.
    func awaitReaderTable() throws(StorageError) {
        guard lockFile.reader != nil else { return }
        guard try Deadline.after(.milliseconds(100)).poll({ lockFile.reader == nil }) else {
            throw .lockHeld(path: path + "/lock.mdb", by: lockFile.reader.map { LockHolder(thread: $0) })
        }
    }

    /// Locks `queueLock`: of several processes that wait, the one that has locked it is next. Throws `.lockHeld`, naming the process that
    /// all of them wait for.
    func lockQueue(_ queueLock: FileLock, until deadline: Deadline) throws(StorageError) {
        do throws(StorageError) { try queueLock.lock(until: deadline) } catch {
            guard case .lockHeld = error, let writer = lockFile.writer else { throw error }
            throw .lockHeld(path: path, by: LockHolder(thread: writer))
        }
    }

    /// Waits for the lock of writers, and acquires it. The caller has locked `queueLock`, so that no other process begins to wait for it in
    /// the meantime.
    func beginWriting(_ environment: OpaquePointer, until deadline: Deadline) throws(StorageError) -> OpaquePointer {
        guard try deadline.poll({ lockFile.writer == nil }) else {
            throw .lockHeld(path: path, by: lockFile.writer.map { LockHolder(thread: $0) })
        }
        try maps.checkSizes()
        var pointer: OpaquePointer?
        try check(unsafe mdb_txn_begin(environment, nil, 0, &pointer), path)
        // The number follows the last commit that was announced, which is in the file unless an older copy was written into it.
        guard unsafe TransactionHandle(pointer: pointer!).id &- 1 <= ReaderSlot.lastCommit(environment) else {
            unsafe mdb_txn_abort(pointer)
            try maps.check()
            throw .overwritten
        }
        return unsafe pointer!
    }
}

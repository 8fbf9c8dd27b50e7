internal import CLMDB
internal import Glibc

/// LMDB's `lock.mdb`, read beside LMDB to see which threads hold its locks. LMDB itself waits for them without a limit.
///
/// The file begins with LMDB's `MDB_txninfo`: 4 bytes magic, 4 bytes format, the mutex of the reader table, 8 bytes id of the
/// last transaction, 4 bytes number of readers; at the next multiple of 64 bytes follows the mutex of writers. Both mutexes are
/// robust, so the first 4 bytes of each are, by the kernel's rules (get_robust_list(2)), the id of the thread that holds it and
/// two bits, or zero.
///
/// The descriptor must be opened before LMDB opens the file and closed after LMDB has closed it: closing a descriptor drops all
/// locks of fcntl(2) that the process has on the file, and LMDB uses these to see which processes are alive.
@safe final class LockFile: Sendable {
    private static let readerMutex = 8
    private static let writerMutex = unsafe (readerMutex + MemoryLayout<pthread_mutex_t>.size + 12 + 63) / 64 * 64

    private let descriptor: Int32

    /// Opens the file and reserves disk space for the table of `places` readers: LMDB writes to the file in memory, where a full
    /// disk ends the process. It throws `.noSpace` where there is none.
    init(folder: String, places: Int) throws(StorageError) {
        descriptor = try FileSystem.openFile(folder + "/lock.mdb")
        let keepSize: Int32 = 1
        // Each reader takes 64 bytes, and the header twice as much.
        let bytes = (places + 2) * 64
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, Int(status.st_blocks) * 512 < bytes, fallocate(descriptor, keepSize, 0, bytes) != 0,
            errno == ENOSPC || errno == EDQUOT
        else { return }
        throw .noSpace
    }

    deinit { close(descriptor) }

    /// The thread that holds the lock of writers, in any process.
    var writer: Int32? { owner(ofMutexAt: Self.writerMutex) }

    /// The thread that holds the lock of the reader table, in any process.
    var reader: Int32? { owner(ofMutexAt: Self.readerMutex) }

    /// The first eight bytes of a file with the layout above: LMDB's magic number, and its format 1 with a lock for each process.
    private static let beginning: (UInt32, UInt32) = (0xBEEF_C0DE, 0x0001_0001)

    /// Returns the thread that holds a mutex; `nil` where none does, or where the file has another layout.
    private func owner(ofMutexAt offset: Int) -> Int32? {
        var words = [UInt32](repeating: 0, count: Self.writerMutex / 4 + 1)
        guard unsafe pread(descriptor, &words, words.count * 4, 0) == words.count * 4, (words[0], words[1]) == Self.beginning else {
            return nil
        }
        let thread = Int32(words[offset / 4] & 0x3FFF_FFFF)
        return thread == 0 ? nil : thread
    }

    /// The process that prepares the file, and lets no other process open it until then; `nil` where there is none.
    var preparer: Int32? { process(conflictingWith: F_RDLCK) }

    /// Another process that has the file open through LMDB; `nil` where there is none.
    var user: Int32? { process(conflictingWith: F_WRLCK) }

    /// Returns the process whose lock conflicts. LMDB locks the first byte: exclusively while it prepares the file, and shared
    /// while it has the file open.
    private func process(conflictingWith kind: Int32) -> Int32? {
        var lock = Glibc.flock()
        lock.l_type = Int16(kind)
        lock.l_whence = Int16(SEEK_SET)
        lock.l_len = 1
        guard unsafe fcntl(descriptor, F_GETLK, &lock) == 0, lock.l_type != Int16(F_UNLCK) else { return nil }
        return lock.l_pid
    }
}

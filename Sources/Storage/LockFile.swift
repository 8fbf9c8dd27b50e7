internal import CLMDB
internal import Glibc

/// LMDB's `lock.mdb`, looked at from beside: who holds its locks. LMDB itself waits for them without end.
///
/// The file begins with LMDB's `MDB_txninfo`: 4 bytes magic, 4 bytes format, the mutex of the reader table, 8 bytes id of the last
/// transaction, 4 bytes number of readers; at the next multiple of 64 bytes the mutex of writers. Both are robust, so the first 4 bytes of
/// each are, by the kernel's rules (get_robust_list(2)), the id of the thread that holds it and two bits, or zero.
///
/// The descriptor must be opened before LMDB opens the file and closed after LMDB has: to close one drops all of a process's locks of
/// fcntl(2) on the file, and LMDB tells by them who is alive.
@safe final class LockFile: Sendable {
    private static let readerMutex = 8
    private static let writerMutex = unsafe (readerMutex + MemoryLayout<pthread_mutex_t>.size + 12 + 63) / 64 * 64

    private let descriptor: Int32

    /// Takes the room of `places` readers from the disk: LMDB writes to the file in memory, where a full disk ends the process. Throws
    /// `.noSpace` where there is none.
    init(folder: String, places: Int) throws(StorageError) {
        descriptor = try Folder.openFile(folder + "/lock.mdb")
        let keepSize: Int32 = 1
        // 64 bytes each, and two as much for the header.
        let bytes = (places + 2) * 64
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, Int(status.st_blocks) * 512 < bytes, fallocate(descriptor, keepSize, 0, bytes) != 0,
            errno == ENOSPC || errno == EDQUOT
        else { return }
        throw .noSpace
    }

    deinit { close(descriptor) }

    /// The thread that holds the lock of writers, of whichever process.
    var writer: Int32? { owner(ofMutexAt: Self.writerMutex) }

    /// The thread that holds the lock of the reader table.
    var reader: Int32? { owner(ofMutexAt: Self.readerMutex) }

    /// What the file begins with where it is laid out as above: LMDB's magic number, and its format 1 with a lock for each process.
    private static let beginning: (UInt32, UInt32) = (0xBEEF_C0DE, 0x0001_0001)

    /// `nil`: nobody holds it, or the file is laid out otherwise.
    private func owner(ofMutexAt offset: Int) -> Int32? {
        var words = [UInt32](repeating: 0, count: Self.writerMutex / 4 + 1)
        guard unsafe pread(descriptor, &words, words.count * 4, 0) == words.count * 4, (words[0], words[1]) == Self.beginning else {
            return nil
        }
        let thread = Int32(words[offset / 4] & 0x3FFF_FFFF)
        return thread == 0 ? nil : thread
    }

    /// A process that prepares the file, and lets nobody else open it meanwhile.
    var preparer: Int32? { process(conflictingWith: F_RDLCK) }

    /// Another process that has the file open through LMDB; `nil`: there is none.
    var user: Int32? { process(conflictingWith: F_WRLCK) }

    /// LMDB locks the first byte: for itself while it prepares the file, with others while it has it open.
    private func process(conflictingWith kind: Int32) -> Int32? {
        var lock = Glibc.flock()
        lock.l_type = Int16(kind)
        lock.l_whence = Int16(SEEK_SET)
        lock.l_len = 1
        guard unsafe fcntl(descriptor, F_GETLK, &lock) == 0, lock.l_type != Int16(F_UNLCK) else { return nil }
        return lock.l_pid
    }
}

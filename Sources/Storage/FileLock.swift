internal import Glibc

/// An advisory lock on a file (flock(2)), which the kernel releases when the process ends, however it ends.
public final class FileLock: Sendable {
    private let descriptor: Int32
    private let path: String

    /// Opens the file of the lock, and makes it with mode 0600 where it is missing.
    public init(path: String) throws(StorageError) {
        self.path = path
        descriptor = try FileSystem.openFile(path)
    }

    /// Opens a directory, which must exist, as the file of the lock. No file is left behind.
    public init(folder: String) throws(StorageError) {
        path = folder
        descriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw StorageError(code: errno, path: folder) }
    }

    deinit { close(descriptor) }

    /// Takes the lock exclusively. It throws `.lockHeld` where another process holds the lock all the time until `deadline`.
    public func lock(until deadline: Deadline = .lockWait) throws(StorageError) { try take(LOCK_EX, until: deadline) }

    /// Takes the lock exclusively, for work that takes another process long: it waits as long as the holder of the lock goes on.
    /// It throws `.lockHeld` where that process is stopped or cannot be identified.
    ///
    /// - Parameter pause: The interval at which the holder is examined.
    /// - Throws: `.lockHeld` where the holder is stopped or cannot be identified, and another `StorageError` where the file
    ///   cannot be locked.
    public func lockWhileHolderRuns(lookingEvery pause: Duration = Deadline.maxLockWait) throws(StorageError) {
        while true {
            do throws(StorageError) { return try lock(until: .after(pause)) } catch {
                guard case .lockHeld(_, let holder?) = error, !holder.isStopped else { throw error }
            }
        }
    }

    func lockShared(until deadline: Deadline = .lockWait) throws(StorageError) { try take(LOCK_SH, until: deadline) }

    private func take(_ kind: Int32, until deadline: Deadline) throws(StorageError) {
        let isTaken = try deadline.poll { () throws(StorageError) in
            if flock(descriptor, kind | LOCK_NB) == 0 { return true }
            guard errno == EWOULDBLOCK || errno == EINTR else { throw StorageError(code: errno, path: path) }
            return false
        }
        guard isTaken else { throw .lockHeld(path: path, by: holder) }
    }

    /// Takes the lock exclusively if that is possible without a wait, and returns whether it did.
    public func tryLock() -> Bool { flock(descriptor, LOCK_EX | LOCK_NB) == 0 }

    /// Releases the lock.
    public func unlock() { _ = flock(descriptor, LOCK_UN) }

    /// The process that holds the lock; `nil` where none does or it cannot be identified.
    var holder: LockHolder? { LockHolder(ofFileLock: descriptor) }

    /// Another process that holds the lock, exclusively or shared; `nil` where none does or it cannot be identified.
    var otherHolder: Int32? { LockHolder.processes(withFileLockOn: descriptor).first { $0 != getpid() } }

    /// Returns up to 64 bytes from the start of the file.
    func read() -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = unsafe pread(descriptor, &bytes, bytes.count, 0)
        return Array(bytes.prefix(max(0, count)))
    }

    /// Replaces the contents of the file.
    func write(_ bytes: [UInt8]) throws(StorageError) {
        guard unsafe pwrite(descriptor, bytes, bytes.count, 0) == bytes.count, ftruncate(descriptor, bytes.count) == 0 else {
            throw StorageError(code: errno, path: path)
        }
    }
}

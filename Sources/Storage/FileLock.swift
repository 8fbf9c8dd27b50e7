internal import Glibc

/// An advisory lock on a file (flock(2)), let go by the kernel when the process ends, however it ends.
public final class FileLock: Sendable {
    private let descriptor: Int32
    private let path: String

    /// Makes the file, mode 0600, if it is missing.
    public init(path: String) throws(StorageError) {
        self.path = path
        descriptor = try Folder.openFile(path)
    }

    /// On a folder itself, which must exist: for what leaves no file behind.
    public init(folder: String) throws(StorageError) {
        path = folder
        descriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw StorageError(code: errno, path: folder) }
    }

    deinit { close(descriptor) }

    /// Throws `.lockHeld` where another has it all the time until `deadline`.
    public func lock(until deadline: Deadline = .lockWait) throws(StorageError) { try take(LOCK_EX, until: deadline) }

    /// For what takes another long: waits as long as whoever has the lock goes on. Throws `.lockHeld` where that process is stopped.
    /// `lookingEvery`: in milliseconds.
    public func lockWhileHolderRuns(lookingEvery pause: Int64 = Deadline.longestLockWait) throws(StorageError) {
        while true {
            do throws(StorageError) { return try lock(until: .after(milliseconds: pause)) } catch {
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

    public func tryLock() -> Bool { flock(descriptor, LOCK_EX | LOCK_NB) == 0 }

    public func unlock() { _ = flock(descriptor, LOCK_UN) }

    /// Who has it; `nil`: nobody, or it cannot be seen.
    var holder: LockHolder? { LockHolder(ofFileLock: descriptor) }

    /// Up to 64 bytes from the start of the file.
    func read() -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = unsafe pread(descriptor, &bytes, bytes.count, 0)
        return Array(bytes.prefix(max(0, count)))
    }

    /// Replaces what the file holds.
    func write(_ bytes: [UInt8]) throws(StorageError) {
        guard unsafe pwrite(descriptor, bytes, bytes.count, 0) == bytes.count, ftruncate(descriptor, bytes.count) == 0 else {
            throw StorageError(code: errno, path: path)
        }
    }
}

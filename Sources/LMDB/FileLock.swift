internal import Glibc

/// An advisory lock on a file (flock(2)), let go by the kernel when the process ends, however it ends.
public final class FileLock: Sendable {
    private let descriptor: Int32
    private let path: String

    /// Makes the file, mode 0600, if it is missing.
    public init(path: String) throws(LMDBError) {
        self.path = path
        descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw LMDBError(code: errno, path: path) }
    }

    /// On a folder itself, which must exist: for what leaves no file behind.
    public init(folder: String) throws(LMDBError) {
        path = folder
        descriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw LMDBError(code: errno, path: folder) }
    }

    deinit { close(descriptor) }

    public func lock() throws(LMDBError) { try take(LOCK_EX) }

    public func lockShared() throws(LMDBError) { try take(LOCK_SH) }

    private func take(_ kind: Int32) throws(LMDBError) {
        while flock(descriptor, kind) != 0 {
            guard errno == EINTR else { throw LMDBError(code: errno, path: path) }
        }
    }

    public func tryLock() -> Bool { flock(descriptor, LOCK_EX | LOCK_NB) == 0 }

    public func unlock() { _ = flock(descriptor, LOCK_UN) }

    /// Up to 64 bytes from the start of the file.
    func read() -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = unsafe pread(descriptor, &bytes, bytes.count, 0)
        return Array(bytes.prefix(max(0, count)))
    }

    /// Replaces what the file holds.
    func write(_ bytes: [UInt8]) throws(LMDBError) {
        guard unsafe pwrite(descriptor, bytes, bytes.count, 0) == bytes.count, ftruncate(descriptor, bytes.count) == 0 else {
            throw LMDBError(code: errno, path: path)
        }
    }
}

internal import Glibc
internal import Synchronization

/// A directory in which several processes make files that the others use.
///
/// A file of another process may be visible before its name is on the disk, and what is built on it would survive a power cut
/// that it does not. So code that is about to build on a file that it did not make calls `settle` before the first use.
public final class SharedDirectory: Sendable {
    /// The path of the directory.
    public let path: String
    /// The identity of the directory when it was last synced.
    private let settled = Mutex<FileIdentity?>(nil)

    /// Creates a value for the directory at a path.
    public init(_ path: String) { self.path = path }

    /// Makes every name that was in the directory at the time of the call durable. Where nothing has changed since the last call
    /// it only examines the directory.
    public func settle() throws(StorageError) {
        let now = identity
        if let now, settled.withLock({ $0 }) == now { return }
        try FileSystem.syncDirectory(path)
        settled.withLock { $0 = now }
    }

    /// The identity of the directory, which changes with each file that gets a name in it or loses one, in any process. It is
    /// `nil` so soon after a change that the next one could leave the same time behind, since file systems take their times from
    /// the tick of a clock.
    public var identity: FileIdentity? {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        // The time of modification is not used, since a program that restores a directory can set it back.
        let changed = status.st_ctim
        guard FileTime.age(of: changed) > .seconds(1) else { return nil }
        return FileIdentity(inode: status.st_ino, seconds: changed.tv_sec, nanoseconds: changed.tv_nsec)
    }
}

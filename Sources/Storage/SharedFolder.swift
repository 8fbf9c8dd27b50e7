internal import Glibc
internal import Synchronization

/// A folder in which several processes make files that the others use.
///
/// What another process has put there may be seen before its name is on the disk, and whatever is built on it would outlive it in a power
/// cut. So whoever is about to build on a file that it did not make calls `settle` before its first use.
public final class SharedFolder: Sendable {
    public let path: String
    /// As the folder was when it was last synced.
    private let settled = Mutex<FileIdentity?>(nil)

    public init(_ path: String) { self.path = path }

    /// On return every name that stood in the folder at the time of the call is durable. Costs a look where nothing has changed since it was
    /// last asked.
    public func settle() throws(StorageError) {
        let now = identity
        if let now, settled.withLock({ $0 }) == now { return }
        try Folder.sync(path)
        settled.withLock { $0 = now }
    }

    /// Another after each file that gets a name in it or loses one, by whichever process. `nil` so soon after one that the next could
    /// leave the same time behind: file systems keep time by the tick of a clock.
    public var identity: FileIdentity? {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        // Not the time of modification: whoever restores a folder can set that back.
        let changed = status.st_ctim
        guard FileTime.seconds(since: changed) > 1 else { return nil }
        return FileIdentity(inode: status.st_ino, seconds: changed.tv_sec, nanoseconds: changed.tv_nsec)
    }
}

internal import Glibc

/// Identifies a file in the version that was examined, among all that were or will be under its name.
public struct FileIdentity: Equatable, Sendable {
    let inode: UInt
    let seconds: Int
    let nanoseconds: Int

    init(inode: UInt, seconds: Int, nanoseconds: Int) {
        self.inode = inode
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }

    /// Reads the identity of a file by its inode and the time of its last modification; `nil` where there is no such file.
    public init?(of file: String) {
        var status = stat()
        guard unsafe stat(file, &status) == 0 else { return nil }
        self.init(inode: status.st_ino, seconds: status.st_mtim.tv_sec, nanoseconds: status.st_mtim.tv_nsec)
    }
}

internal import Glibc

/// Tells a file, as it was when it was looked at, from every other that stood, or will stand, in its place.
public struct FileIdentity: Equatable, Sendable {
    let inode: UInt
    let seconds: Int
    let nanoseconds: Int

    init(inode: UInt, seconds: Int, nanoseconds: Int) {
        self.inode = inode
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }

    /// By the time of its last modification. `nil`: there is no such file.
    public init?(of file: String) {
        var status = stat()
        guard unsafe stat(file, &status) == 0 else { return nil }
        self.init(inode: status.st_ino, seconds: status.st_mtim.tv_sec, nanoseconds: status.st_mtim.tv_nsec)
    }
}

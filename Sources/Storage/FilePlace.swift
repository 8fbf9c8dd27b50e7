internal import Glibc

/// The place of a file or folder in its file system, whatever its path is.
package struct FilePlace: Hashable, Sendable {
    let device: UInt
    let inode: UInt

    /// Finds the place of what stands at a path; `nil` where nothing does.
    package init?(_ path: String) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    /// The place of the file or folder that a status is of.
    init(_ status: stat) { (device, inode) = (UInt(status.st_dev), UInt(status.st_ino)) }
}

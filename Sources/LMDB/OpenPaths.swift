internal import Glibc
internal import Synchronization

/// One environment a path a process: opening a second and closing it would drop the first one's file locks.
enum OpenPaths {
    private static let open = Mutex<Set<FileIdentity>>([])

    static func enter(_ folder: String) throws(LMDBError) -> FileIdentity {
        let identity = try FileIdentity(folder)
        let isNew = open.withLock { $0.insert(identity).inserted }
        guard isNew else { throw .alreadyOpen(path: folder) }
        return identity
    }

    static func leave(_ folder: FileIdentity) { _ = open.withLock { $0.remove(folder) } }
}

/// The same for every spelling of a path.
struct FileIdentity: Hashable {
    private let device: UInt
    private let inode: UInt

    init(_ path: String) throws(LMDBError) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { throw LMDBError(code: errno, path: path) }
        device = UInt(status.st_dev)
        inode = UInt(status.st_ino)
    }
}

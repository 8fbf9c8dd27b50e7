internal import Glibc
internal import Synchronization

/// One environment a path a process: opening a second and closing it would drop the first one's file locks.
enum OpenPaths {
    private struct FileIdentity: Hashable {
        let device: UInt
        let inode: UInt
    }

    private static let open = Mutex<[FileIdentity: String]>([:])

    static func enter(_ folder: String) throws(LMDBError) {
        let identity = try identity(of: folder)
        let isNew = open.withLock { open in open.updateValue(folder, forKey: identity) == nil }
        guard isNew else { throw .alreadyOpen(path: folder) }
    }

    static func leave(_ folder: String) {
        open.withLock { open in
            guard let entry = open.first(where: { $0.value == folder }) else { return }
            open[entry.key] = nil
        }
    }

    private static func identity(of folder: String) throws(LMDBError) -> FileIdentity {
        var status = stat()
        guard unsafe stat(folder, &status) == 0 else { throw LMDBError(code: errno, path: folder) }
        return FileIdentity(device: UInt(status.st_dev), inode: UInt(status.st_ino))
    }
}

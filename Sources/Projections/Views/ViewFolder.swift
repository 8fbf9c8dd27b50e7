internal import Glibc
public import LMDB

/// The folders below `views/`.
struct ViewFolder: Sendable {
    let path: String

    /// The numbers of the generations on disk, ascending.
    func numbers() -> [UInt64] { names().compactMap { UInt64($0) }.sorted() }

    func holds(_ number: UInt64) -> Bool { unsafe access(path + "/" + String(number), F_OK) == 0 }

    func make() throws(LMDBError) { try Folder.make(path) }

    func make(_ name: String) throws(LMDBError) { try Folder.make(path + "/" + name) }

    private static let removed = ".removed-"

    /// Removes a folder with the files in it. Files that other processes have open live on until closed. Renamed first, so
    /// that nobody opens a folder that is half gone.
    func remove(_ name: String) {
        // A leftover of the same name would be in the way.
        finishRemoving()
        unsafe rename(path + "/" + name, path + "/" + Self.removed + name)
        finishRemoving()
    }

    private func finishRemoving() {
        for leftover in names() where leftover.hasPrefix(Self.removed) { Folder.remove(path + "/" + leftover) }
    }

    func names() -> [String] { Folder.names(path) }
}

/// The few things done to folders; each holds files only, no folders.
public enum Folder {
    /// Mode 0700. One that exists already is fine.
    public static func make(_ path: String) throws(LMDBError) {
        guard unsafe mkdir(path, 0o700) == 0 || errno == EEXIST else { throw LMDBError(systemError: errno, path: path) }
    }

    public static func names(_ path: String) -> [String] {
        guard let directory = unsafe opendir(path) else { return [] }
        defer { unsafe closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }

    public static func remove(_ path: String) {
        for name in names(path) { unsafe unlink(path + "/" + name) }
        unsafe rmdir(path)
    }
}

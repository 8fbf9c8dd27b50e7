internal import Glibc
internal import Storage

/// The folders below `views/`.
struct ViewFolder: Sendable {
    let path: String

    /// The numbers of the generations on disk, ascending.
    func numbers() -> [UInt64] { names().compactMap { UInt64($0) }.sorted() }

    func holds(_ number: UInt64) -> Bool { unsafe access(path + "/" + String(number), F_OK) == 0 }

    /// What stands in its place and is no folder is moved out of the way.
    func make() throws(StorageError) {
        if !Folder.isFolder(path), unsafe access(path, F_OK) == 0 { unsafe rename(path, path + Self.removed) }
        try Folder.make(path)
    }

    func make(_ name: String) throws(StorageError) {
        if !Folder.isFolder(path + "/" + name) { unsafe unlink(path + "/" + name) }
        try Folder.make(path + "/" + name)
    }

    /// Makes durable that the folder is there, and with it what is in it.
    func sync(_ name: String) throws(StorageError) {
        try Folder.sync(path + "/" + name)
        try Folder.sync(path)
    }

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

    /// None where the folder cannot be read: what is opened in it says so.
    func names() -> [String] { (try? Folder.names(path)) ?? [] }
}

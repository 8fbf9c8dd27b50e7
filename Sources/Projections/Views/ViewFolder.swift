internal import Glibc
internal import Storage

/// The directories below `views/`.
struct ViewFolder: Sendable {
    let path: String

    /// Returns the numbers of the generations on disk, ascending.
    func numbers() -> [UInt64] { names().compactMap { UInt64($0) }.sorted() }

    func holds(_ number: UInt64) -> Bool { unsafe access(path + "/" + String(number), F_OK) == 0 }

    /// Makes the directory `views/`. A file that stands in its place is moved out of the way.
    func make() throws(StorageError) {
        if !Folder.isFolder(path), unsafe access(path, F_OK) == 0 { unsafe rename(path, path + Self.removed) }
        try Folder.make(path)
    }

    func make(_ name: String) throws(StorageError) {
        if !Folder.isFolder(path + "/" + name) { unsafe unlink(path + "/" + name) }
        try Folder.make(path + "/" + name)
    }

    /// Makes the name of a directory durable, and the names in it.
    func sync(_ name: String) throws(StorageError) {
        try Folder.sync(path + "/" + name)
        try Folder.sync(path)
    }

    private static let removed = ".removed-"

    /// Removes a directory and the files in it. Files that other processes have open stay until they are closed. The directory is
    /// renamed first, so that no process opens one that is half removed.
    func remove(_ name: String) {
        // A leftover of the same name would prevent the renaming.
        finishRemoving()
        unsafe rename(path + "/" + name, path + "/" + Self.removed + name)
        finishRemoving()
    }

    private func finishRemoving() {
        for leftover in names() where leftover.hasPrefix(Self.removed) { Folder.remove(path + "/" + leftover) }
    }

    /// Returns the names in the directory; none where it cannot be read, which is reported where something in it is opened.
    func names() -> [String] { (try? Folder.names(path)) ?? [] }
}

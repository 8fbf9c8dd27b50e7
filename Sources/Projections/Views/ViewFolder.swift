internal import Glibc
internal import Storage

/// The directories below `views/`.
struct ViewFolder: Sendable {
    let path: String

    /// Returns the numbers of the generations on disk, ascending.
    func numbers() -> [UInt64] { contents().compactMap { UInt64($0) }.sorted() }

    func holds(_ number: UInt64) -> Bool { unsafe access(path + "/" + String(number), F_OK) == 0 }

    /// Makes the directory `views/`. A file that stands in its place is moved out of the way.
    func make() throws(StorageError) {
        if !FileSystem.isDirectory(path), unsafe access(path, F_OK) == 0 { unsafe rename(path, path + Self.removed) }
        try FileSystem.makeDirectory(path)
    }

    func make(_ name: String) throws(StorageError) {
        if !FileSystem.isDirectory(path + "/" + name) { unsafe unlink(path + "/" + name) }
        try FileSystem.makeDirectory(path + "/" + name)
    }

    /// Makes the name of a directory durable, and the names in it.
    func sync(_ name: String) throws(StorageError) {
        try FileSystem.syncDirectory(path + "/" + name)
        try FileSystem.syncDirectory(path)
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
        for leftover in contents() where leftover.hasPrefix(Self.removed) { FileSystem.removeDirectory(path + "/" + leftover) }
    }

    /// Returns the names in the directory; none where it cannot be read, which is reported where something in it is opened.
    func contents() -> [String] { (try? FileSystem.contents(path)) ?? [] }
}

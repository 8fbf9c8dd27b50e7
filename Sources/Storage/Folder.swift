internal import Glibc
internal import Synchronization

/// What is done to folders, and to the small files kept beside LMDB's. Here is said how each of them survives a kill and a power cut.
///
/// A file gets its name when it is whole: it is written beside its place, synced, and then linked (`create`: the first one holds) or moved
/// (`replace`: the last one holds) there, and the folder is synced. A kill leaves a leftover of another name at most, which `removeLeftovers`
/// takes away. A file that another process made is durable when its folder was synced after it got its name: see `SharedFolder`.
public enum Folder {
    /// Mode 0700 whatever the process's umask, durable. One that exists already is fine, and is made durable too: whoever made it may not
    /// have come so far.
    public static func make(_ path: String) throws(StorageError) {
        if unsafe mkdir(path, 0o700) == 0 {
            unsafe chmod(path, 0o700)
        } else if errno != EEXIST {
            throw StorageError(systemError: errno, path: path)
        }
        try syncName(of: path)
    }

    /// A descriptor to read and write a file with, which is made where it is missing: mode 0600, whatever the process's umask.
    static func openFile(_ path: String) throws(StorageError) -> Int32 {
        var descriptor = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        if descriptor >= 0 {
            _ = fchmod(descriptor, 0o600)
        } else if errno == EEXIST {
            descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        }
        guard descriptor >= 0 else { throw StorageError(systemError: errno, path: path) }
        return descriptor
    }

    /// Makes durable that the folder stands in its parent; of a link, that what it leads to does.
    public static func syncName(of path: String) throws(StorageError) {
        do throws(StorageError) {
            try sync(path + "/..")
        } catch {
            // Whoever may not read the parent syncs the folder itself, which takes its name along on the file systems there are.
            guard case .notPermitted = error else { throw error }
            try sync(path)
        }
    }

    public static func isFolder(_ path: String) -> Bool { unsafe access(path + "/.", F_OK) == 0 || errno == EACCES }

    /// Of what it holds, in no order; none where there is no such folder.
    public static func names(_ path: String) throws(StorageError) -> [String] {
        guard let directory = unsafe opendir(path) else {
            if errno == ENOENT { return [] }
            throw StorageError(systemError: errno, path: path)
        }
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

    /// With the files in it, as far as that is possible; one that holds folders stays.
    public static func remove(_ path: String) {
        for name in (try? names(path)) ?? [] { unsafe unlink(path + "/" + name) }
        unsafe rmdir(path)
    }

    /// One that is not there is fine. Not durable on return.
    public static func remove(file: String) throws(StorageError) {
        guard unsafe unlink(file) == 0 || errno == ENOENT else { throw StorageError(systemError: errno, path: file) }
    }

    /// Makes the names in it durable.
    public static func sync(_ path: String) throws(StorageError) {
        let descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw StorageError(systemError: errno, path: path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw StorageError(systemError: errno, path: path) }
    }

    /// What a file holds, cut off somewhat behind `most` bytes; `nil` where there is no such file.
    public static func read(_ file: String, most: Int) throws(StorageError) -> [UInt8]? {
        let descriptor = unsafe open(file, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw StorageError(systemError: errno, path: file)
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while bytes.count <= most {
            let count = unsafe Glibc.read(descriptor, &buffer, buffer.count)
            guard count >= 0 else { throw StorageError(systemError: errno, path: file) }
            if count == 0 { break }
            bytes += buffer.prefix(count)
        }
        return bytes
    }

    /// Makes a file that is there whole or not at all, mode 0600, durable with its name on return. Of several processes that make the same
    /// one the first one's holds: false says that another was there, and that it is durable.
    @discardableResult
    public static func create(_ file: String, _ bytes: [UInt8], in folder: String) throws(StorageError) -> Bool {
        let (scratch, place) = (folder + "/" + scratchPrefix + uniqueName(), folder + "/" + file)
        // Somebody else may take it for a leftover and remove it.
        for attempt in 1... {
            try write(bytes, to: scratch)
            let problem = unsafe link(scratch, place) == 0 ? 0 : errno
            unsafe unlink(scratch)
            if problem == ENOENT, attempt < 8, isFolder(folder) { continue }
            guard problem == 0 || problem == EEXIST else { throw StorageError(systemError: problem, path: place) }
            try sync(folder)
            return problem == 0
        }
        return false
    }

    /// Puts a file in the place of one of its name, mode 0600: at any moment the one or the other is there whole. Durable on return.
    public static func replace(_ file: String, _ bytes: [UInt8], in folder: String) throws(StorageError) {
        let (scratch, place) = (folder + "/" + scratchPrefix + uniqueName(), folder + "/" + file)
        for attempt in 1... {
            try write(bytes, to: scratch)
            let problem = unsafe rename(scratch, place) == 0 ? 0 : errno
            if problem == 0 { return try sync(folder) }
            unsafe unlink(scratch)
            guard problem == ENOENT, attempt < 8, isFolder(folder) else { throw StorageError(systemError: problem, path: place) }
        }
    }

    /// Takes away what processes that were killed while they made files have left, when it is a minute old.
    public static func removeLeftovers(in folder: String) {
        for name in (try? names(folder)) ?? [] where name.hasPrefix(scratchPrefix) {
            var status = stat()
            let file = folder + "/" + name
            // Of any moment that is not now: a clock may have been set back.
            if unsafe lstat(file, &status) == 0, FileTime.seconds(since: status.st_mtim).magnitude > 60 { unsafe unlink(file) }
        }
    }

    /// A tilde stands in no name that comes from outside.
    private static let scratchPrefix = ".new~"

    /// Another for each file that a process makes, and for each process that is alive.
    private static func uniqueName() -> String { "\(getpid())-\(scratches.add(1, ordering: .relaxed).newValue)" }

    private static let scratches = Atomic<Int>(0)

    /// Makes a file, mode 0600 whatever the process's umask, in the place of one of its name. On return what it holds is durable, its name not
    /// yet: for what is moved to its place when it is whole.
    public static func write(_ bytes: [UInt8], to file: String) throws(StorageError) {
        unsafe unlink(file)
        let descriptor = unsafe open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw StorageError(systemError: errno, path: file) }
        _ = fchmod(descriptor, 0o600)
        // Small enough for one call: less is written only where there is no room for more.
        let count = unsafe Glibc.write(descriptor, bytes, bytes.count)
        let problem = count < 0 ? errno : count < bytes.count ? ENOSPC : fsync(descriptor) == 0 ? 0 : errno
        close(descriptor)
        guard problem == 0 else {
            unsafe unlink(file)
            throw StorageError(systemError: problem, path: file)
        }
    }
}

internal import Glibc
internal import Synchronization

/// Operations on directories, and on the small files that are kept beside LMDB's. Each says how it survives a kill and a power
/// cut.
///
/// A file gets its name when it is complete: it is written under another name and synced, then linked (`create`: the first file
/// stays) or moved (`replace`: the last file stays) to its name, and the directory is synced. A kill leaves at most a leftover of
/// another name, which `removeLeftovers` removes. A file that another process made is durable once its directory was synced after
/// it got its name: see `SharedDirectory`.
public enum FileSystem {
    /// Makes a directory durably, with mode 0700 whatever the process's umask is. A directory that exists already is not an
    /// error, and is made durable too, since the process that made it may not have come so far.
    public static func makeDirectory(_ path: String) throws(StorageError) {
        if unsafe mkdir(path, 0o700) == 0 {
            unsafe chmod(path, 0o700)
        } else if errno != EEXIST {
            throw StorageError(systemError: errno, path: path)
        }
        try syncName(of: path)
    }

    /// Opens a file to read and write, and returns its descriptor. The file is made where it is missing, with mode 0600 whatever
    /// the process's umask is.
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

    /// Makes the name of a directory in its parent durable; for a link, that of the directory that it leads to.
    public static func syncName(of path: String) throws(StorageError) {
        do throws(StorageError) {
            try syncDirectory(path + "/..")
        } catch {
            // A process that may not read the parent syncs the directory itself, which takes its name along on the usual file
            // systems.
            guard case .notPermitted = error else { throw error }
            try syncDirectory(path)
        }
    }

    /// Returns whether a path leads to a directory.
    public static func isDirectory(_ path: String) -> Bool { unsafe access(path + "/.", F_OK) == 0 || errno == EACCES }

    /// Returns what a symbolic link names, whether or not it is there; `nil` for a path that is no link.
    public static func linkTarget(_ path: String) -> String? {
        var bytes = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = unsafe bytes.withUnsafeMutableBytes { buffer in
            unsafe buffer.withMemoryRebound(to: CChar.self) { unsafe readlink(path, $0.baseAddress!, $0.count) }
        }
        return count < 0 ? nil : String(decoding: bytes.prefix(count), as: UTF8.self)
    }

    /// Returns the path of a file without symbolic links; `nil` where there is no such file, with the reason in `errno`.
    public static func realPath(_ path: String) -> String? {
        guard let place = unsafe realpath(path, nil) else { return nil }
        defer { unsafe free(place) }
        return unsafe String(cString: place)
    }

    /// Returns the names in a directory, in no order; none where there is no such directory.
    public static func contents(_ path: String) throws(StorageError) -> [String] {
        guard let directory = unsafe opendir(path) else {
            if errno == ENOENT { return [] }
            throw StorageError(systemError: errno, path: path)
        }
        defer { unsafe closedir(directory) }
        var contents: [String] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name != "." && name != ".." { contents.append(name) }
        }
        return contents
    }

    /// Removes a directory and the files in it, as far as that is possible. A directory that holds directories stays.
    public static func removeDirectory(_ path: String) {
        for name in (try? contents(path)) ?? [] { unsafe unlink(path + "/" + name) }
        unsafe rmdir(path)
    }

    /// Removes a file. A file that does not exist is not an error. The removal is not durable on return.
    public static func remove(file: String) throws(StorageError) {
        guard unsafe unlink(file) == 0 || errno == ENOENT else { throw StorageError(systemError: errno, path: file) }
    }

    /// Makes the names in a directory durable.
    public static func syncDirectory(_ path: String) throws(StorageError) {
        let descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw StorageError(systemError: errno, path: path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw StorageError(systemError: errno, path: path) }
    }

    /// Returns the contents of a file, cut off somewhat behind `maxBytes` bytes; `nil` where there is no such file. A pipe that stands
    /// in its place is read as empty.
    public static func read(_ file: String, maxBytes: Int) throws(StorageError) -> [UInt8]? {
        let descriptor = unsafe open(file, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw StorageError(systemError: errno, path: file)
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while bytes.count <= maxBytes {
            let count = unsafe Glibc.read(descriptor, &buffer, buffer.count)
            guard count >= 0 else { throw StorageError(systemError: errno, path: file) }
            if count == 0 { break }
            bytes += buffer.prefix(count)
        }
        return bytes
    }

    /// Makes a file completely or not at all, with mode 0600, durable with its name on return. Of several processes that make the
    /// same file, the first one's stays. It returns false where another file was there, which is durable then too.
    @discardableResult
    public static func create(_ file: String, _ bytes: [UInt8], in folder: String) throws(StorageError) -> Bool {
        let (scratch, place) = (folder + "/" + scratchPrefix + uniqueName(), folder + "/" + file)
        // Another process may take the file for a leftover and remove it.
        for attempt in 1... {
            try write(bytes, to: scratch)
            let problem = unsafe link(scratch, place) == 0 ? 0 : errno
            unsafe unlink(scratch)
            if problem == ENOENT, attempt < 8, isDirectory(folder) { continue }
            guard problem == 0 || problem == EEXIST else { throw StorageError(systemError: problem, path: place) }
            try syncDirectory(folder)
            return problem == 0
        }
        return false
    }

    /// Replaces the file of a name, with mode 0600: at any time either the old or the new file is there completely. The new file
    /// is durable on return.
    public static func replace(_ file: String, _ bytes: [UInt8], in folder: String) throws(StorageError) {
        let (scratch, place) = (folder + "/" + scratchPrefix + uniqueName(), folder + "/" + file)
        for attempt in 1... {
            try write(bytes, to: scratch)
            let problem = unsafe rename(scratch, place) == 0 ? 0 : errno
            if problem == 0 { return try syncDirectory(folder) }
            unsafe unlink(scratch)
            guard problem == ENOENT, attempt < 8, isDirectory(folder) else { throw StorageError(systemError: problem, path: place) }
        }
    }

    /// Removes files that processes left behind when they were killed while they made them, once the files are a minute old.
    public static func removeLeftovers(in folder: String) {
        for name in (try? contents(folder)) ?? [] where isIncomplete(name) {
            var status = stat()
            let file = folder + "/" + name
            // A time in the future counts as old too, since a clock may have been set back.
            if unsafe lstat(file, &status) == 0, !(.seconds(-60) ... .seconds(60)).contains(FileTime.age(of: status.st_mtim)) {
                unsafe unlink(file)
            }
        }
    }

    /// Returns whether a name is that of a file that is being made, or that a process left behind when it was killed.
    public static func isIncomplete(_ name: String) -> Bool { name.hasPrefix(scratchPrefix) }

    /// The beginning of the names of incomplete files. Names from outside hold no tilde.
    private static let scratchPrefix = ".new~"

    /// Returns a name that differs for each file that a process makes, and for each process that is alive.
    private static func uniqueName() -> String { "\(getpid())-\(scratches.add(1, ordering: .relaxed).newValue)" }

    private static let scratches = Atomic<Int>(0)

    /// Replaces a file that has not got its final name yet, with mode 0600 whatever the process's umask is. On return the
    /// contents are durable and the name is not: the file is meant to be moved to its name once it is complete.
    public static func write(_ bytes: [UInt8], to file: String) throws(StorageError) {
        unsafe unlink(file)
        let descriptor = unsafe open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw StorageError(systemError: errno, path: file) }
        _ = fchmod(descriptor, 0o600)
        // The contents are small enough for one call, so fewer bytes are written only where there is no space for more.
        let count = unsafe Glibc.write(descriptor, bytes, bytes.count)
        let problem = count < 0 ? errno : count < bytes.count ? ENOSPC : fsync(descriptor) == 0 ? 0 : errno
        close(descriptor)
        guard problem == 0 else {
            unsafe unlink(file)
            throw StorageError(systemError: problem, path: file)
        }
    }
}

internal import Glibc

/// What is done to folders, and to the small files kept beside LMDB's.
public enum Folder {
    /// Mode 0700, whatever the process's umask. One that exists already is fine.
    public static func make(_ path: String) throws(LMDBError) {
        if unsafe mkdir(path, 0o700) == 0 {
            unsafe chmod(path, 0o700)
        } else if errno != EEXIST {
            throw LMDBError(systemError: errno, path: path)
        }
    }

    /// A descriptor to read and write a file with, which is made where it is missing: mode 0600, whatever the process's umask.
    static func openFile(_ path: String) throws(LMDBError) -> Int32 {
        var descriptor = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        if descriptor >= 0 {
            _ = fchmod(descriptor, 0o600)
        } else if errno == EEXIST {
            descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        }
        guard descriptor >= 0 else { throw LMDBError(systemError: errno, path: path) }
        return descriptor
    }

    public static func isFolder(_ path: String) -> Bool { unsafe access(path + "/.", F_OK) == 0 || errno == EACCES }

    /// Of what it holds, in no order; none where there is no such folder.
    public static func names(_ path: String) throws(LMDBError) -> [String] {
        guard let directory = unsafe opendir(path) else {
            if errno == ENOENT { return [] }
            throw LMDBError(systemError: errno, path: path)
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

    /// Makes the names in it durable.
    public static func sync(_ path: String) throws(LMDBError) {
        let descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw LMDBError(systemError: errno, path: path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw LMDBError(systemError: errno, path: path) }
    }

    /// What a file holds, cut off somewhat behind `most` bytes; `nil` where there is no such file.
    public static func read(_ file: String, most: Int) throws(LMDBError) -> [UInt8]? {
        let descriptor = unsafe open(file, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw LMDBError(systemError: errno, path: file)
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while bytes.count <= most {
            let count = unsafe Glibc.read(descriptor, &buffer, buffer.count)
            guard count >= 0 else { throw LMDBError(systemError: errno, path: file) }
            if count == 0 { break }
            bytes += buffer.prefix(count)
        }
        return bytes
    }

    /// Makes a file, mode 0600 whatever the process's umask, in the place of one of its name. On return what it holds is durable, its name not yet: for what is
    /// moved to its place when it is whole.
    public static func write(_ bytes: [UInt8], to file: String) throws(LMDBError) {
        unsafe unlink(file)
        let descriptor = unsafe open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw LMDBError(systemError: errno, path: file) }
        _ = fchmod(descriptor, 0o600)
        // Small enough for one call: less is written only where there is no room for more.
        let count = unsafe Glibc.write(descriptor, bytes, bytes.count)
        let problem = count < 0 ? errno : count < bytes.count ? ENOSPC : fsync(descriptor) == 0 ? 0 : errno
        close(descriptor)
        guard problem == 0 else {
            unsafe unlink(file)
            throw LMDBError(systemError: problem, path: file)
        }
    }
}

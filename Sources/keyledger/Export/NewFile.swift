internal import Foundation

/// A file that appears complete or not at all, never replaces another file, and can be made again after any interruption.
///
/// The file is written beside its final path as `.NAME.part`, mode 0600, made durable, and then gets its final name as a second
/// link (`publish`). The first name is removed last (`finish`), when the caller has been given the result. So a file with both
/// names was not finished, and the next attempt removes both and begins again; a file with the final name alone belongs to the
/// user, and stays.
///
/// If the file is not finished when the value is released, both names are removed.
final class NewFile {
    let path: String
    let descriptor: Int32
    let scratch: String
    private var isPublished = false
    private var isFinished = false

    /// Creates the file. `refusal` is the end of the message when the path is taken or cannot be used.
    init(_ path: String, refusal: String) throws {
        self.path = path
        guard !path.hasSuffix("/") || FileStatus(path) != nil else {
            throw UsageError("\(Terminal.sanitized(path)) names a folder, not a file; \(refusal)")
        }
        let url = URL(fileURLWithPath: path)
        scratch = Self.scratch(of: url)
        descriptor = try Self.open(scratch, path, refusal)
    }

    private static func scratch(of url: URL) -> String { url.deletingLastPathComponent().path + "/.\(url.lastPathComponent).part" }

    private static func open(_ scratch: String, _ path: String, _ refusal: String) throws -> Int32 {
        while true {
            // The file is the result of a finished attempt, or belongs to somebody else.
            if let file = FileStatus(path), FileStatus(scratch) != file {
                throw UsageError("\(Terminal.sanitized(path)) exists already; \(refusal)")
            }
            let descriptor = unsafe Foundation.open(scratch, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            if descriptor >= 0 {
                // The mode is set regardless of the umask.
                _ = fchmod(descriptor, 0o600)
                // Another attempt may have removed the file as a leftover before it was locked.
                if flock(descriptor, LOCK_EX | LOCK_NB) == 0, FileStatus(descriptor) == FileStatus(scratch) { return descriptor }
                close(descriptor)
            } else {
                guard errno == EEXIST else {
                    throw UsageError("\(Terminal.sanitized(path)) cannot be written (\(words(errno))); \(refusal)")
                }
                try removeLeftover(at: path, keepsFile: false, refusal: refusal)
            }
        }
    }

    /// Removes the leftovers of an attempt that has ended: the scratch name, and the file's own name where both are names of one file.
    /// Refuses where another process is still writing it.
    ///
    /// - Parameters:
    ///   - path: where the file was to be.
    ///   - keepsFile: whether the attempt was interrupted right before its end, so that the file belongs to somebody by now: then only
    ///     the scratch name is removed, and nothing where the two are not names of one file.
    ///   - refusal: a text to add to the refusal.
    /// - Throws: `UsageError` where another process is still writing the file; the errors of the file system.
    static func removeLeftover(at path: String, keepsFile: Bool, refusal: String = "") throws {
        let scratch = scratch(of: URL(fileURLWithPath: path))
        let descriptor = unsafe Foundation.open(scratch, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return }
            throw UsageError("\(Terminal.sanitized(scratch)) is in the way (\(words(errno))); \(refusal)")
        }
        defer { close(descriptor) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw UsageError("\(Terminal.sanitized(path)) is being written by another process; \(refusal)")
        }
        guard let current = FileStatus(descriptor), current == FileStatus(scratch) else { return }
        let hasBothNames = FileStatus(path) == current
        if keepsFile, !hasBothNames { return }
        if !keepsFile, hasBothNames { unsafe unlink(path) }
        guard unsafe unlink(scratch) == 0 || errno == ENOENT else {
            throw UsageError("\(Terminal.sanitized(scratch)) is in the way (\(words(errno))); \(refusal)")
        }
    }

    /// Makes the contents durable under the file's final name. Returns `nil`, or the `errno` of the failure.
    func publish() -> Int32? {
        guard fsync(descriptor) == 0 else { return errno }
        // The file is linked, not renamed: renaming would replace a file that was created meanwhile. On file systems without
        // links (FAT) it is renamed.
        if unsafe link(scratch, path) != 0 {
            let problem = errno
            guard problem == EPERM || problem == EOPNOTSUPP, FileStatus(path) == nil else { return problem }
            guard unsafe rename(scratch, path) == 0 else { return errno }
        }
        isPublished = true
        let folder = unsafe Foundation.open(URL(fileURLWithPath: path).deletingLastPathComponent().path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { return errno }
        defer { close(folder) }
        return fsync(folder) == 0 ? nil : errno
    }

    /// Completes the file. It belongs to the user from here on.
    func finish() {
        isFinished = true
        unsafe unlink(scratch)
    }

    deinit {
        if !isFinished {
            if isPublished { unsafe unlink(path) }
            unsafe unlink(scratch)
        }
        close(descriptor)
    }

    static func words(_ problem: Int32) -> String { unsafe String(cString: strerror(problem)) }
}

/// The identity of a file.
private struct FileStatus: Equatable {
    let device: dev_t
    let inode: ino_t

    /// Reads the identity of a file, or of a symbolic link itself; `nil` when there is none.
    init?(_ path: String) {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { return nil }
        (device, inode) = (status.st_dev, status.st_ino)
    }

    init?(_ descriptor: Int32) {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { return nil }
        (device, inode) = (status.st_dev, status.st_ino)
    }
}

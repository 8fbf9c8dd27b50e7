internal import Foundation

/// A file that is there whole or not at all, never in the place of another, and whose making can be begun again whatever interrupted it.
///
/// It is written beside its place as `.NAME.part`, mode 0600, made durable, and then gets its name as a second one (`publish`). The first
/// name goes last (`finish`), when whoever asked for the file has been answered. So a file of both names was not finished, and whoever asks
/// for it again takes both away and begins anew; and one of the second name alone is somebody's, and stays.
///
/// Not finished when the value ends, neither name is left.
final class NewFile {
    let path: String
    let descriptor: Int32
    let scratch: String
    private var isPublished = false
    private var isFinished = false

    /// `refusal`: what is said besides of a place that is taken or cannot be used.
    init(_ path: String, refusal: String) throws {
        self.path = path
        guard !path.hasSuffix("/") || FileStatus(path) != nil else {
            throw WrongUse("\(Terminal.harmless(path)) names a folder, not a file; \(refusal)")
        }
        let url = URL(fileURLWithPath: path)
        scratch = Self.scratch(of: url)
        descriptor = try Self.open(scratch, path, refusal)
    }

    private static func scratch(of url: URL) -> String { url.deletingLastPathComponent().path + "/.\(url.lastPathComponent).part" }

    private static func open(_ scratch: String, _ path: String, _ refusal: String) throws -> Int32 {
        while true {
            // What a finished attempt has left, or somebody else.
            if let file = FileStatus(path), FileStatus(scratch) != file {
                throw WrongUse("\(Terminal.harmless(path)) exists already; \(refusal)")
            }
            let descriptor = unsafe Foundation.open(scratch, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            if descriptor >= 0 {
                // Whatever the umask.
                _ = fchmod(descriptor, 0o600)
                // Another attempt may have taken it for a leftover before it was locked.
                if flock(descriptor, LOCK_EX | LOCK_NB) == 0, FileStatus(descriptor) == FileStatus(scratch) { return descriptor }
                close(descriptor)
            } else {
                guard errno == EEXIST else { throw WrongUse("\(Terminal.harmless(path)) cannot be written (\(words(errno))); \(refusal)") }
                try removeLeftover(at: path, keepsFile: false, refusal: refusal)
            }
        }
    }

    /// Removes what an attempt that has ended left behind: the scratch name, and the file's own name where both are names of one file.
    /// Refuses where another process is still writing it.
    ///
    /// - Parameters:
    ///   - path: where the file was to be.
    ///   - keepsFile: whether the attempt was interrupted right before its end, so that the file is somebody's by now: then the scratch name
    ///     alone goes, and nothing goes where the two are not names of one file.
    ///   - refusal: what is said besides.
    static func removeLeftover(at path: String, keepsFile: Bool, refusal: String = "") throws {
        let scratch = scratch(of: URL(fileURLWithPath: path))
        let descriptor = unsafe Foundation.open(scratch, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return }
            throw WrongUse("\(Terminal.harmless(scratch)) is in the way (\(words(errno))); \(refusal)")
        }
        defer { close(descriptor) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw WrongUse("\(Terminal.harmless(path)) is being written by another process; \(refusal)")
        }
        guard let held = FileStatus(descriptor), held == FileStatus(scratch) else { return }
        let hasBothNames = FileStatus(path) == held
        if keepsFile, !hasBothNames { return }
        if !keepsFile, hasBothNames { unsafe unlink(path) }
        guard unsafe unlink(scratch) == 0 || errno == ENOENT else {
            throw WrongUse("\(Terminal.harmless(scratch)) is in the way (\(words(errno))); \(refusal)")
        }
    }

    /// What was written is durable under the file's name on return. Answers why not.
    func publish() -> Int32? {
        guard fsync(descriptor) == 0 else { return errno }
        // Not renamed: that would replace what somebody put there meanwhile. But where a file has one name only (FAT), there is no other way.
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

    /// It is somebody's from here on.
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

/// Which file it is.
private struct FileStatus: Equatable {
    let device: dev_t
    let inode: ino_t

    /// Of a link itself; `nil`: there is nothing.
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

internal import CLMDB
internal import Glibc

/// The errors of LMDB and of the file system under it, in the words of an operator.
public enum StorageError: Error, Equatable, Sendable {
    /// An entry with this key exists already.
    case keyExists
    /// The files are damaged.
    case corrupted(String)
    /// An older copy was written into the files while they were open.
    case overwritten
    /// A file was made shorter by another program while it was open, so what it held is lost.
    case cutShort(path: String)
    /// A fatal error happened earlier; the environment must be reopened.
    case panic
    /// The files were written by another version of LMDB.
    case versionMismatch
    /// The files are damaged, or are no LMDB files.
    case notLMDB
    /// The memory map is full. `Environment` handles this error; callers see it only where the map has reached its maximum size.
    case mapFull
    /// Another process has enlarged the memory map. `Environment` handles this error.
    case mapResized
    /// The table of readers is full.
    case readersFull
    /// A key or value has a size that LMDB does not accept.
    case badValueSize
    /// The disk, a quota, or the file size limit leaves no space.
    case noSpace
    /// The system has no descriptor or no memory to give. The next attempt may succeed, and nothing is wrong with the files.
    case shortage(String)
    /// The process may not read or write the path.
    case notPermitted(path: String)
    /// The path does not exist.
    case missing(path: String)
    /// The path is none of a folder, or leads through what is no folder.
    case notAFolder(path: String)
    /// This process has the directory open already.
    case alreadyOpen(path: String)
    /// Processes in different PID namespaces cannot share the files, since the reader table identifies processes by id.
    case otherPIDNamespace(path: String)
    /// Another process holds a lock and did not release it in time, so the requested operation has not begun. `by` is `nil` where
    /// the system does not show which process it is.
    case lockHeld(path: String, by: LockHolder?)
    /// The device failed to read or write.
    case inputOutput
    /// The interface was misused, or LMDB returned a code that this version does not know.
    case unexpected(code: Int32, String)

    init(code: Int32, path: String) {
        switch code {
        case MDB_KEYEXIST: self = .keyExists
        case MDB_PAGE_NOTFOUND, MDB_CORRUPTED, MDB_CURSOR_FULL, MDB_PAGE_FULL: self = .corrupted(Self.text(code))
        case MDB_PANIC: self = .panic
        case MDB_VERSION_MISMATCH: self = .versionMismatch
        case MDB_INVALID: self = .notLMDB
        case MDB_MAP_FULL: self = .mapFull
        case MDB_MAP_RESIZED: self = .mapResized
        case MDB_READERS_FULL: self = .readersFull
        case MDB_BAD_VALSIZE: self = .badValueSize
        case ENOSPC, EDQUOT, EFBIG: self = .noSpace
        case EMFILE, ENFILE, ENOMEM: self = .shortage(Self.text(code))
        case EACCES, EPERM, EROFS: self = .notPermitted(path: path)
        case ENOENT: self = .missing(path: path)
        case ENOTDIR: self = .notAFolder(path: path)
        case EAGAIN: self = .otherPIDNamespace(path: path)
        case EIO: self = .inputOutput
        default: self = .unexpected(code: code, "\(path): \(Self.text(code))")
        }
    }

    private static func text(_ code: Int32) -> String { unsafe String(cString: mdb_strerror(code)) }
}

extension StorageError: CustomStringConvertible {
    /// A sentence for the operator.
    public var description: String {
        switch self {
        case .keyExists: "the entry exists already"
        case .corrupted(let text): "the files are damaged (\(text))"
        case .overwritten: "an older copy was written into the files while they were open"
        case .cutShort(let path): "a file in \(path) was cut short by another program while it was open"
        case .panic: "an earlier write failed; the files must be reopened"
        case .versionMismatch: "the files were written by another version of LMDB"
        case .notLMDB: "the files are damaged, or are no LMDB files"
        case .mapFull: "the memory map has reached its largest size"
        case .mapResized: "another process enlarged the memory map"
        case .readersFull: "too many readers at once"
        case .badValueSize: "a key or value has a size that cannot be stored"
        case .noSpace: "there is no room left on the disk (or a quota or file size limit is reached)"
        case .shortage(let text): "the system has not enough for this process at the moment (\(text))"
        case .notPermitted(let path): "no permission to read and write \(path)"
        case .missing(let path): "\(path) does not exist"
        case .notAFolder(let path): "\(path) is no folder, or leads through what is none"
        case .alreadyOpen(let path): "\(path) is already open in this process"
        case .otherPIDNamespace(let path):
            "\(path) is in use by a process in another PID namespace (another container?); processes that share a data folder"
                + " must share their PID namespace too"
        case .lockHeld(let path, let holder):
            "the lock of \(path) is held by \(holder.map(\.description) ?? "another process"), and it was waited for in vain."
                + (holder.map { " " + $0.remedy } ?? "")
        case .inputOutput: "the disk failed to read or write"
        case .unexpected(let code, let text): "\(text) (error \(code))"
        }
    }
}

/// Throws for a code other than 0. Every call to LMDB passes through this function.
func check(_ code: Int32, _ path: @autoclosure () -> String = "the LMDB files") throws(StorageError) {
    guard code != 0 else { return }
    throw StorageError(code: code, path: path())
}

extension StorageError {
    /// Whether another process had a lock for too long, so that the requested operation has not begun.
    public var isHeldLock: Bool { if case .lockHeld = self { true } else { false } }

    /// Creates the error for an `errno` of a system call on files beside LMDB's.
    public init(systemError: Int32, path: String) { self.init(code: systemError, path: path) }
}

internal import CLMDB
internal import Glibc

/// Everything LMDB and the file system beneath it can answer, in the words of an operator.
public enum StorageError: Error, Equatable, Sendable {
    case keyExists
    case corrupted(String)
    /// A fatal error happened earlier; the environment must be reopened.
    case panic
    case versionMismatch
    case notLMDB
    /// Handled inside `Environment`; seen outside only when the map has reached its largest size.
    case mapFull
    case mapResized
    case readersFull
    /// A key or value of a size LMDB does not take.
    case badValueSize
    /// The disk, a quota, or the file size limit leaves no room.
    case noSpace
    /// The system has no descriptor, or no memory, to give: the next attempt may be luckier, and nothing is wrong with the files.
    case shortage(String)
    case notPermitted(path: String)
    case missing(path: String)
    case alreadyOpen(path: String)
    /// Two processes in different PID namespaces cannot share the files: the reader table tells processes apart by id.
    case otherPIDNamespace(path: String)
    /// Another process holds a lock and did not let go of it in time; whatever was asked for has not begun. `by`: `nil` where the system
    /// does not show who it is.
    case lockHeld(path: String, by: LockHolder?)
    /// The machine failed to read or write.
    case inputOutput
    /// Misuse of the interface, or a code this version does not know.
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
        case ENOENT, ENOTDIR: self = .missing(path: path)
        case EAGAIN: self = .otherPIDNamespace(path: path)
        case EIO: self = .inputOutput
        default: self = .unexpected(code: code, Self.text(code))
        }
    }

    private static func text(_ code: Int32) -> String { unsafe String(cString: mdb_strerror(code)) }
}

extension StorageError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .keyExists: "the entry exists already"
        case .corrupted(let text): "the files are damaged (\(text))"
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

/// The one gate that every call to LMDB passes.
func check(_ code: Int32, _ path: @autoclosure () -> String = "the LMDB files") throws(StorageError) {
    guard code != 0 else { return }
    throw StorageError(code: code, path: path())
}

extension StorageError {
    /// Whether another process held a lock for too long: what was asked for has not begun.
    public var isHeldLock: Bool { if case .lockHeld = self { true } else { false } }

    /// For an `errno` of a call to the system on files beside LMDB's.
    public init(systemError: Int32, path: String) { self.init(code: systemError, path: path) }
}

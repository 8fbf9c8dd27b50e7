internal import Glibc

/// Holds a shared lock as long as this process has the folder open, and refuses when the others live in another PID
/// namespace: LMDB's reader table and its robust mutex both name processes by id.
final class ProcessPresence: Sendable {
    private let lock: FileLock

    init(folder: String) throws(StorageError) {
        lock = try FileLock(path: folder + "/processes")
        let own = Self.namespace()
        if lock.tryLock(), lock.read() != own { try lock.write(own) }
        // Alone: converts the exclusive lock. Otherwise: waits until whoever is alone has written its namespace, or is done.
        try lock.lockShared()
        guard lock.read() == own else { throw .otherPIDNamespace(path: folder) }
    }

    /// Runs `body` while no other process has the folder open or can open it. Throws `.lockHeld` where one has it open until `deadline`.
    func alone<R>(until deadline: Deadline, _ body: () throws -> R) throws -> R {
        defer { try? lock.lockShared() }
        try lock.lock(until: deadline)
        return try body()
    }

    /// Such as `pid:[4026531836]`.
    private static func namespace() -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = unsafe bytes.withUnsafeMutableBytes { buffer in
            unsafe buffer.withMemoryRebound(to: CChar.self) { unsafe readlink("/proc/self/ns/pid", $0.baseAddress!, $0.count) }
        }
        return Array(bytes.prefix(max(0, count)))
    }
}

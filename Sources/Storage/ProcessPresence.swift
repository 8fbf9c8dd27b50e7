/// Holds a shared lock as long as this process has the directory open, and refuses to open it while processes of another PID
/// namespace have: LMDB's reader table and its robust mutex both identify processes by id.
final class ProcessPresence: Sendable {
    private let lock: FileLock

    init(folder: String) throws(StorageError) {
        lock = try FileLock(path: folder + "/processes")
        let own = Self.namespace()
        if lock.tryLock(), lock.read() != own { try lock.write(own) }
        // A process that is alone converts the exclusive lock. Any other waits until the one with the exclusive lock has written
        // its namespace, or has finished.
        try lock.lockShared()
        let known = lock.read()
        if known == own { return }
        // The file does not say where the processes are that have the directory open, as when somebody has emptied it: they are asked.
        guard !Self.isNamespace(known), let holder = lock.otherHolder, Self.namespace(of: "\(holder)") == own else {
            throw .otherPIDNamespace(path: folder)
        }
        try lock.write(own)
    }

    private static func isNamespace(_ bytes: [UInt8]) -> Bool { bytes.starts(with: "pid:[".utf8) }

    /// Runs `body` while no other process has the directory open or can open it. It throws `.lockHeld` where one has it open
    /// until `deadline`.
    func alone<R>(until deadline: Deadline, _ body: () throws -> R) throws -> R {
        defer { try? lock.lockShared() }
        try lock.lock(until: deadline)
        return try body()
    }

    /// Returns the PID namespace of a process, such as `pid:[4026531836]`; nothing where it cannot be seen.
    private static func namespace(of process: String = "self") -> [UInt8] {
        Array((FileSystem.linkTarget("/proc/\(process)/ns/pid") ?? "").utf8)
    }
}

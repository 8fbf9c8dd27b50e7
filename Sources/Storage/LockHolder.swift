internal import Glibc

/// The process that keeps others waiting for a lock, as far as the system shows it.
public struct LockHolder: Equatable, Sendable {
    /// The id of the process.
    public let process: Int32
    /// The first 15 bytes of the program's name without unprintable characters; `nil` where it cannot be read. The arguments are
    /// never shown: those of other programs may hold what belongs in no log.
    public let command: String?
    /// Whether the process was stopped, as by SIGSTOP or a debugger, so that it releases nothing before it is continued.
    public let isStopped: Bool

    init(process: Int32, command: String? = nil, isStopped: Bool = false) {
        self.process = process
        self.command = command
        self.isStopped = isStopped
    }

    /// Reads what the system shows of a process.
    ///
    /// - Parameter thread: The id of the process or of one of its threads.
    init(thread: Int32) {
        let process = Self.status(of: thread)["Tgid"].flatMap { Int32($0) } ?? thread
        let status = Self.status(of: process)
        let name = status["Name"].map { name in String(decoding: name.utf8.filter { (0x21...0x7E).contains($0) }, as: UTF8.self) }
        self.init(process: process, command: name, isStopped: status["State"]?.first.map { "Tt".contains($0) } ?? false)
    }

    /// Returns the fields of `/proc/<id>/status`.
    private static func status(of id: Int32) -> [String: Substring] {
        guard let bytes = try? FileSystem.read("/proc/\(id)/status", maxBytes: 1024) else { return [:] }
        var fields: [String: Substring] = [:]
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            let parts = line.split(separator: "\t", maxSplits: 1)
            if parts.count == 2, parts[0].hasSuffix(":") { fields[String(parts[0].dropLast())] = parts[1] }
        }
        return fields
    }

    /// Finds the process that holds a lock of flock(2) on the file of a descriptor; `nil` where none does or it cannot be seen.
    /// `/proc/locks` identifies files by device and inode.
    init?(ofFileLock descriptor: Int32) {
        guard let process = Self.processes(withFileLockOn: descriptor).first else { return nil }
        self.init(thread: process)
    }

    /// Finds the processes of this PID namespace that hold a lock of flock(2) on the file of a descriptor, exclusive or shared.
    static func processes(withFileLockOn descriptor: Int32) -> [Int32] {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, let table = try? FileSystem.read("/proc/locks", maxBytes: 1 << 20) else { return [] }
        var found: [Int32] = []
        for line in String(decoding: table, as: UTF8.self).split(separator: "\n") {
            // A line looks like `5: FLOCK  ADVISORY  WRITE 1232 fe:00:16225223 0 EOF`; in the lines of waiting processes the
            // second word is `->`.
            let words = line.split(separator: " ")
            guard words.count >= 6, words[1] == "FLOCK", let process = Int32(words[4]), process > 0 else { continue }
            // Some file systems report other device numbers there than stat(2) does.
            guard words[5].split(separator: ":").last.flatMap({ UInt64($0) }) == UInt64(status.st_ino) else { continue }
            found.append(process)
        }
        return found
    }
}

extension LockHolder: CustomStringConvertible {
    /// The process for people, such as `process 1234 (keyledger), which is stopped`.
    public var description: String { "process \(process)\(command.map { " (\($0))" } ?? "")\(isStopped ? ", which is stopped" : "")" }

    /// What an operator can do about the process.
    var remedy: String {
        isStopped
            ? "Let it go on with: kill -CONT \(process); or end it with: kill -KILL \(process)"
            : "Try again; if it does not come to its end, end it with: kill \(process)"
    }
}

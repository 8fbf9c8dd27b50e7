internal import Glibc

/// The process that keeps others waiting for a lock, as far as the system shows it.
public struct LockHolder: Equatable, Sendable {
    /// Its id.
    public let process: Int32
    /// The first 15 bytes of its program's name, what cannot be printed left out; `nil`: it cannot be read. Never its arguments: those of
    /// other programs may hold what belongs in no log.
    public let command: String?
    /// Whether it was stopped, as by SIGSTOP or a debugger, and lets go of nothing before it is continued.
    public let isStopped: Bool

    init(process: Int32, command: String? = nil, isStopped: Bool = false) {
        self.process = process
        self.command = command
        self.isStopped = isStopped
    }

    /// `thread`: a thread of it, or its id.
    init(thread: Int32) {
        let process = Self.status(of: thread)["Tgid"].flatMap { Int32($0) } ?? thread
        let status = Self.status(of: process)
        let name = status["Name"].map { name in String(decoding: name.utf8.filter { (0x21...0x7E).contains($0) }, as: UTF8.self) }
        self.init(process: process, command: name, isStopped: status["State"]?.first.map { "Tt".contains($0) } ?? false)
    }

    /// The fields of `/proc/<id>/status`.
    private static func status(of id: Int32) -> [String: Substring] {
        guard let bytes = try? Folder.read("/proc/\(id)/status", most: 1024) else { return [:] }
        var fields: [String: Substring] = [:]
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            let parts = line.split(separator: "\t", maxSplits: 1)
            if parts.count == 2, parts[0].hasSuffix(":") { fields[String(parts[0].dropLast())] = parts[1] }
        }
        return fields
    }

    /// Who holds a lock of flock(2) on the file of this descriptor; `nil`: nobody, or it cannot be seen. `/proc/locks` names files by their
    /// device and inode.
    init?(ofFileLock descriptor: Int32) {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, let table = try? Folder.read("/proc/locks", most: 1 << 20) else { return nil }
        for line in String(decoding: table, as: UTF8.self).split(separator: "\n") {
            // Such as `5: FLOCK  ADVISORY  WRITE 1232 fe:00:16225223 0 EOF`; of those that wait the second word is `->`.
            let words = line.split(separator: " ")
            guard words.count >= 6, words[1] == "FLOCK", let process = Int32(words[4]), process > 0 else { continue }
            // Some file systems have other numbers there than stat(2) says.
            guard words[5].split(separator: ":").last.flatMap({ UInt64($0) }) == UInt64(status.st_ino) else { continue }
            self.init(thread: process)
            return
        }
        return nil
    }
}

extension LockHolder: CustomStringConvertible {
    /// Such as `process 1234 (keyledger), which is stopped`.
    public var description: String { "process \(process)\(command.map { " (\($0))" } ?? "")\(isStopped ? ", which is stopped" : "")" }

    /// What its operator can do about it.
    var remedy: String {
        isStopped
            ? "Let it go on with: kill -CONT \(process); or end it with: kill -KILL \(process)"
            : "Try again; if it does not come to its end, end it with: kill \(process)"
    }
}

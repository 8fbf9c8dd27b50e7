internal import Bytes
internal import Glibc
internal import KeyEvents
internal import Storage

/// The folder `vault/`, in which each key has a small text file of its own. Everything that fails here is thrown as `LedgerError.vault`.
struct VaultFolder: Sendable {
    /// The most that a file in the vault holds, in bytes.
    static let maxFileBytes = 256

    let path: String
    private let folder: SharedFolder

    init(_ path: String) {
        self.path = path
        folder = SharedFolder(path)
    }

    /// Differs after each key that is made or destroyed, by whichever process; `nil` too soon after one.
    var identity: FileIdentity? { folder.identity }

    var exists: Bool { Folder.isFolder(path) }

    var isWritable: Bool { unsafe access(path, R_OK | W_OK | X_OK) == 0 }

    func file(_ name: String) -> String { path + "/" + name }

    func names() throws -> [String] { try onDisk(path, try Folder.names(path)) }

    /// The content of a file, at most `maxFileBytes`; `nil` where there is no such file.
    func bytes(of file: String) throws -> [UInt8]? { try onDisk(file, try Folder.read(file, most: Self.maxFileBytes)) }

    /// Makes a file, durably. Of several processes the first one wins, and the others take what stands there.
    func make(_ name: String, lines: [String]) throws {
        let text = lines.joined(separator: "\n") + "\n"
        _ = try onDisk(file(name), try Folder.create(name, Array(text.utf8), in: path))
    }

    /// Makes the names of all files durable that stand in the folder, also of those that another process has just made: what is built on
    /// them must not outlive them in a power cut. Costs a look where nothing has changed since the last call.
    func settle() throws { try onDisk(path, try folder.settle()) }

    func sync() throws { try onDisk(path, try Folder.sync(path)) }

    /// The error of the system's last call, which concerned `file`.
    func systemError(_ file: String) -> LedgerError { .vault(path: file, problem: unsafe String(cString: strerror(errno))) }

    static func lines(_ bytes: [UInt8]) -> [Substring] { String(decoding: bytes, as: UTF8.self).split(separator: "\n") }

    /// The 32 bytes that 64 hexadecimal digits say.
    static func bytes32(hex: Substring) -> [UInt8]? {
        guard hex.utf8.count == 64, let left = Bytes16(hex: hex.prefix(32)), let right = Bytes16(hex: hex.suffix(32)) else { return nil }
        return left.bytes + right.bytes
    }

    private func onDisk<Result>(_ path: String, _ body: @autoclosure () throws -> Result) throws -> Result {
        do { return try body() } catch { throw LedgerError.vault(path: path, problem: "\(error)") }
    }
}

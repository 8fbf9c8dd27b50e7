internal import Bytes
internal import Glibc
internal import KeyEvents
internal import Storage

/// The folder `vault/`, in which each key has a small text file of its own. Every failure here is thrown as `LedgerError.vault`, a full
/// disk as `.storageFull`.
struct VaultFolder: Sendable {
    /// The maximum size of a file in the vault, in bytes.
    static let maxFileBytes = 256

    let path: String
    private let folder: SharedDirectory

    init(_ path: String) {
        self.path = path
        folder = SharedDirectory(path)
    }

    /// The identity of the folder, which differs after each key that is made or destroyed by any process; `nil` too soon after such a
    /// change.
    var identity: FileIdentity? { folder.identity }

    var exists: Bool { FileSystem.isDirectory(path) }

    /// Why nothing can be read from the folder, or made in it; `nil` where that is possible.
    var problem: LedgerError? {
        guard exists else { return .vault(path: path, problem: "the folder is missing; restore it from a backup") }
        return isWritable ? nil : .vault(path: path, problem: "this user may not read or write the folder; mend its permissions")
    }

    var isWritable: Bool { unsafe access(path, R_OK | W_OK | X_OK) == 0 }

    func file(_ name: String) -> String { path + "/" + name }

    func contents() throws -> [String] { try onDisk(path, try FileSystem.contents(path)) }

    /// Returns the content of a file, at most `maxFileBytes`; `nil` where there is no such file.
    func bytes(of file: String) throws -> [UInt8]? { try onDisk(file, try FileSystem.read(file, maxBytes: Self.maxFileBytes)) }

    /// Makes a file, durably. Where several processes make it, the first one wins, and the others use its content.
    func make(_ name: String, lines: [String]) throws {
        let text = lines.joined(separator: "\n") + "\n"
        _ = try onDisk(file(name), try FileSystem.create(name, Array(text.utf8), in: path))
    }

    /// Makes the names of all files in the folder durable, also of those that another process has just made: nothing that depends on
    /// them may survive a power cut that they do not. The call costs one check where nothing has changed since the last one.
    func settle() throws { try onDisk(path, try folder.settle()) }

    func sync() throws { try onDisk(path, try FileSystem.syncDirectory(path)) }

    /// Returns the error of the last system call, which concerned `file`.
    func systemError(_ file: String) -> LedgerError { .vault(path: file, problem: unsafe String(cString: strerror(errno))) }

    static func lines(_ bytes: [UInt8]) -> [Substring] { String(decoding: bytes, as: UTF8.self).split(separator: "\n") }

    /// Returns the 32 bytes that 64 hexadecimal digits stand for; `nil` for any other text.
    static func bytes32(hex: Substring) -> [UInt8]? {
        guard hex.utf8.count == 64, let left = Bytes16(hex: hex.prefix(32)), let right = Bytes16(hex: hex.suffix(32)) else { return nil }
        return left.bytes + right.bytes
    }

    private func onDisk<Result>(_ path: String, _ body: @autoclosure () throws -> Result) throws -> Result {
        do { return try body() } catch StorageError.noSpace {
            // A full disk is told as such wherever it is met: nothing is wrong with the vault.
            throw LedgerError.storageFull(path: path)
        } catch {
            throw LedgerError.vault(path: path, problem: "\(error)")
        }
    }
}

internal import Glibc
internal import KeyEvents
public import LMDB

/// The folder `checkpoints/`: every checkpoint that was signed, one file each, named by its size in 20 decimal digits; beside
/// it, in `<size>.cosignatures`, the lines of witnesses that have seen it; and in `witnesses`, whose lines are taken: a
/// verifier key a line. Nothing in it is changed once it is there, but for lines that are added.
public struct CheckpointFolder: Sendable {
    public let path: String

    public init(path: String) { self.path = path }

    private static let sizeDigits = 20
    private static let cosignatures = ".cosignatures"
    private static let mostBytes = 1 << 20

    /// Whoever signs holds this from looking at the newest to keeping the new one: two processes never sign what does not follow.
    public func lock() throws(LMDBError) -> FileLock {
        try make()
        let lock = try FileLock(path: path + "/lock")
        try lock.lock()
        return lock
    }

    /// Of all that are there, ascending.
    public func sizes() throws(LMDBError) -> [UInt64] {
        try names().filter { $0.utf8.count == Self.sizeDigits }.compactMap { UInt64($0) }.sorted()
    }

    /// The one of a size, with the cosignatures that came for it; `nil`: there is none.
    public func note(_ size: UInt64) throws -> SignedNote? {
        let file = file(size)
        guard let bytes = try read(file) else { return nil }
        // Read twice and compared: what a lenient reading lets pass would be a changed file.
        guard var note = SignedNote(String(decoding: bytes, as: UTF8.self)), Array(note.description.utf8) == bytes,
            let checkpoint = Checkpoint(text: note.text), checkpoint.size == size
        else { throw LogError.damaged(position: nil, what: "the checkpoint \(file) is not what was written") }
        note.signatures += try cosignatures(size)
        return note
    }

    /// `nil` while none was signed.
    public func newest() throws -> SignedNote? {
        guard let size = try sizes().last else { return nil }
        return try note(size)
    }

    /// Durable on return. To be called with the lock held.
    public func add(_ note: SignedNote, size: UInt64) throws(LMDBError) {
        try write(Array(note.description.utf8), to: file(size))
    }

    /// The lines of witnesses for a checkpoint.
    public func cosignatures(_ size: UInt64) throws -> [SignedNote.Signature] {
        let file = file(size) + Self.cosignatures
        return try lines(file).map { line in
            guard let signature = SignedNote.Signature(line: line) else {
                throw LogError.damaged(position: nil, what: "the cosignatures in \(file) are not what was written")
            }
            return signature
        }
    }

    /// Durable on return. To be called with the lock held.
    public func setCosignatures(_ signatures: [SignedNote.Signature], of size: UInt64) throws(LMDBError) {
        try write(signatures.flatMap { Array(($0.line + "\n").utf8) }, to: file(size) + Self.cosignatures)
    }

    /// Whose cosignatures are taken.
    public func witnesses() throws -> [NoteVerifier] {
        try lines(path + "/witnesses").map { line in
            guard let witness = NoteVerifier(line) else {
                throw LogError.damaged(position: nil, what: "\(path)/witnesses holds what is no verifier key")
            }
            return witness
        }
    }

    /// To be called with the lock held.
    public func setWitnesses(_ witnesses: [NoteVerifier]) throws(LMDBError) {
        try write(witnesses.flatMap { Array(($0.description + "\n").utf8) }, to: path + "/witnesses")
    }

    /// Lost, it comes back empty.
    private func make() throws(LMDBError) {
        guard unsafe mkdir(path, 0o700) == 0 || errno == EEXIST else { throw LMDBError(systemError: errno, path: path) }
    }

    private func file(_ size: UInt64) -> String {
        let digits = String(size)
        return path + "/" + String(repeating: "0", count: Self.sizeDigits - digits.utf8.count) + digits
    }

    private func lines(_ file: String) throws -> [Substring] {
        guard let bytes = try read(file) else { return [] }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    }

    private func names() throws(LMDBError) -> [String] {
        guard let directory = unsafe opendir(path) else {
            if errno == ENOENT { return [] }
            throw LMDBError(systemError: errno, path: path)
        }
        defer { unsafe closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            names.append(
                unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                    unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
                })
        }
        return names
    }

    /// `nil` where there is no such file.
    private func read(_ file: String) throws(LMDBError) -> [UInt8]? {
        let descriptor = unsafe open(file, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw LMDBError(systemError: errno, path: file)
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while bytes.count <= Self.mostBytes {
            let count = unsafe Glibc.read(descriptor, &buffer, buffer.count)
            guard count >= 0 else { throw LMDBError(systemError: errno, path: file) }
            if count == 0 { break }
            bytes += buffer.prefix(count)
        }
        return bytes
    }

    /// Whole or not at all: written beside its place, synced, and moved there.
    private func write(_ bytes: [UInt8], to file: String) throws(LMDBError) {
        try make()
        let scratch = file + ".new"
        let descriptor = unsafe open(scratch, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw LMDBError(systemError: errno, path: scratch) }
        let isWritten = unsafe Glibc.write(descriptor, bytes, bytes.count) == bytes.count && fsync(descriptor) == 0
        let problem = errno
        close(descriptor)
        guard isWritten, unsafe rename(scratch, file) == 0 else {
            let problem = isWritten ? errno : problem
            unsafe unlink(scratch)
            throw LMDBError(systemError: problem, path: file)
        }
        let folder = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw LMDBError(systemError: errno, path: path) }
        defer { close(folder) }
        guard fsync(folder) == 0 else { throw LMDBError(systemError: errno, path: path) }
    }
}

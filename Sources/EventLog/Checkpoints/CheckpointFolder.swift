internal import Bytes
internal import Glibc
internal import KeyEvents
public import Storage

/// The directory `checkpoints/`. It holds every checkpoint that was signed, in a file each that is named by its size in 20
/// decimal digits. Beside it, `<size>.cosignatures` holds the lines of witnesses that have seen it. The file `witnesses` holds
/// the verifier keys of the witnesses whose lines are accepted, one a line. The file `verifier` holds the verifier key of the
/// newest signatures, so that it is known also where the signing key is lost. The file `lock` is empty. The checkpoints of a fork have
/// a directory of their own, whose name is the id of the log. Nothing in the directory is changed once it is there, but lines are
/// added.
///
/// A file whose name is a size is the checkpoint of that size, or damaged. Any other file that holds a checkpoint is one that
/// somebody has put there, whatever its name, and counts too; what is then left, and is not named above, is no checkpoint
/// (`strays`). Serving, `doctor`, `audit verify`, exports and imports go by this rule.
public struct CheckpointFolder: Sendable {
    /// The path of the directory.
    public let path: String
    private let witnessFolder: String
    private let shared: SharedDirectory

    /// Creates a value for a directory, which need not exist yet.
    ///
    /// - Parameters:
    ///   - path: The path of the directory.
    ///   - folder: The path of the directory that holds the file `witnesses`; `nil` for the same.
    public init(path: String, witnessesIn folder: String? = nil) {
        self.path = path
        witnessFolder = folder ?? path
        shared = SharedDirectory(path)
    }

    private static let sizeDigits = 20
    private static let cosignatures = ".cosignatures"
    private static let witnesses = "witnesses"
    private static let verifierName = "verifier"
    private static let lockName = "lock"
    private static let maxBytes = 1 << 20

    /// Takes the lock that a signer holds from reading the newest checkpoint to storing the new one, so that two processes never
    /// sign checkpoints that do not follow each other.
    ///
    /// - Parameter deadline: The end of the wait for the lock.
    /// - Returns: The lock, which is held until it is released.
    /// - Throws: `StorageError`, `.lockHeld` where another process holds the lock until `deadline`.
    public func lock(until deadline: Deadline = .lockWait) throws(StorageError) -> FileLock {
        try FileSystem.makeDirectory(path)
        let lock = try FileLock(path: path + "/" + Self.lockName)
        try lock.lock(until: deadline)
        FileSystem.removeLeftovers(in: path)
        return lock
    }

    /// Whether checkpoints can be stored in the directory. One that is missing is made with the next checkpoint.
    public var canBeWritten: Bool { unsafe access(path + "/.", R_OK | W_OK | X_OK) == 0 || errno == ENOENT }

    /// Returns the sizes of all stored checkpoints, ascending.
    public func sizes() throws(StorageError) -> [UInt64] {
        try FileSystem.contents(path).compactMap(Self.size(inName:)).sorted()
    }

    /// Reads the size from the name of a checkpoint's file; `nil` for any other name.
    private static func size(inName name: String) -> UInt64? {
        name.utf8.count == sizeDigits && name.isASCIIDigits ? UInt64(name) : nil
    }

    /// Returns the checkpoint of a size with its stored cosignatures; `nil` where there is none. It throws `LogError.damaged`
    /// where the file is not what was written.
    public func note(_ size: UInt64) throws -> SignedNote? {
        let file = file(size)
        let bytes: [UInt8]
        switch try Self.contents(of: file) {
        case .nothing: return nil
        case .bytes(let found): bytes = found
        case .noFile(let problem): throw LogError.damaged(position: nil, what: "the checkpoint \(file) \(problem)")
        }
        // The parsed note is written again and compared with the file, since a lenient parser would accept a changed file.
        guard var note = SignedNote(String(decoding: bytes, as: UTF8.self)), Array(note.description.utf8) == bytes,
            let checkpoint = Checkpoint(text: note.text), checkpoint.size == size
        else { throw LogError.damaged(position: nil, what: "the checkpoint \(file) is not what was written") }
        note.signatures += try cosignatures(size)
        return note
    }

    /// Returns the newest checkpoint; `nil` while none was signed. It is durable, whichever process has just stored it: a caller
    /// that is shown a checkpoint may keep it and ask for it again.
    public func newest() throws -> SignedNote? {
        guard let size = try sizes().last else { return nil }
        try shared.settle()
        return try note(size)
    }

    /// What somebody has put into the directory by hand.
    public struct Strays: Sendable {
        /// The checkpoints, in the order of their sizes.
        public fileprivate(set) var notes: [SignedNote] = []
        /// The paths of everything else, each with a clause that says what it is.
        public fileprivate(set) var others: [(path: String, problem: String)] = []
    }

    /// Returns what somebody has put into the directory by hand, under any name; for the directory of a fork, also what was put beside
    /// it.
    public func strays() throws -> Strays {
        var strays = Strays()
        var notes: [(size: UInt64, note: SignedNote)] = []
        for folder in Set([path, witnessFolder]).sorted() {
            // What a killed signer has left under a name of the program's own was never given out.
            for name in try FileSystem.contents(folder).sorted()
            where Self.size(inName: name) == nil && !Self.holdsCosignatures(name) && !FileSystem.isIncomplete(name) {
                let file = folder + "/" + name
                let contents: Contents
                do throws(StorageError) { contents = try Self.contents(of: file) } catch {
                    contents = .noFile("cannot be read (\(error))")
                }
                switch contents {
                case .bytes(let bytes):
                    if let note = SignedNote(String(decoding: bytes, as: UTF8.self)), let checkpoint = Checkpoint(text: note.text) {
                        notes.append((checkpoint.size, note))
                    } else if !Self.isOwn(name, bytes) {
                        strays.others.append((file, "holds no checkpoint"))
                    }
                case .noFile(let problem):
                    if !FileSystem.isDirectory(file) || !Self.isOfFork(name) { strays.others.append((file, problem)) }
                case .nothing: break
                }
            }
        }
        strays.notes = notes.sorted { $0.size < $1.size }.map(\.note)
        return strays
    }

    /// Returns whether a name is that of the cosignatures of a checkpoint.
    private static func holdsCosignatures(_ name: String) -> Bool {
        name.hasSuffix(cosignatures) && size(inName: String(name.dropLast(cosignatures.count))) != nil
    }

    /// Returns whether a name is that of the directory of a fork.
    private static func isOfFork(_ name: String) -> Bool { name.utf8.count == 32 && Bytes16(hex: name) != nil }

    /// Returns whether a file that holds no checkpoint is one of the directory's own.
    private static func isOwn(_ name: String, _ bytes: [UInt8]) -> Bool {
        switch name {
        case lockName: bytes.isEmpty
        case witnesses, verifierName: true
        default: false
        }
    }

    /// What stands under a name.
    private enum Contents {
        case nothing
        case bytes([UInt8])
        /// Something that holds no bytes; the clause says what it is.
        case noFile(String)
    }

    /// Reads a file of the directory. It throws where the file is there and cannot be read now.
    private static func contents(of file: String) throws(StorageError) -> Contents {
        if FileSystem.isDirectory(file) { return .noFile("is a folder") }
        do throws(StorageError) {
            if let bytes = try FileSystem.read(file, maxBytes: maxBytes) { return .bytes(bytes) }
        } catch {
            guard case .unexpected = error else { throw error }
            return .noFile("cannot be read (\(error))")
        }
        return FileSystem.linkTarget(file) != nil ? .noFile("is a link that leads nowhere") : .nothing
    }

    /// Stores a checkpoint, durably. The caller must hold the lock.
    public func add(_ note: SignedNote, size: UInt64) throws(StorageError) {
        try write(Array(note.description.utf8), to: name(size), in: path)
    }

    /// Returns the lines of witnesses for the checkpoint of a size.
    public func cosignatures(_ size: UInt64) throws -> [SignedNote.Signature] {
        let file = file(size) + Self.cosignatures
        return try lines(file).map { line in
            guard let signature = SignedNote.Signature(line: line) else {
                throw LogError.damaged(position: nil, what: "the cosignatures in \(file) are not what was written")
            }
            return signature
        }
    }

    /// Stores the lines of witnesses for the checkpoint of a size, durably. The caller must hold the lock.
    public func setCosignatures(_ signatures: [SignedNote.Signature], of size: UInt64) throws(StorageError) {
        try write(signatures.flatMap { Array(($0.line + "\n").utf8) }, to: name(size) + Self.cosignatures, in: path)
    }

    /// Returns the verifier of the newest signatures as it was stored with them; `nil` where it was not stored or cannot be read.
    public func verifier() throws -> NoteVerifier? { try lines(path + "/" + Self.verifierName).first.flatMap { NoteVerifier($0) } }

    /// Stores the verifier of the newest signatures. The caller must hold the lock.
    public func setVerifier(_ verifier: NoteVerifier) throws(StorageError) {
        try write(Array("\(verifier)\n".utf8), to: Self.verifierName, in: path)
    }

    /// Returns the witnesses whose cosignatures are accepted. A key of an algorithm that this version does not know is skipped,
    /// since a newer version may have added it.
    public func witnesses() throws -> [NoteVerifier] {
        try lines(witnessFile).compactMap { line in
            if let witness = NoteVerifier(line) { return witness }
            guard NoteVerifier.unknownAlgorithm(line) != nil else {
                throw LogError.damaged(position: nil, what: "\(witnessFile) holds what is no verifier key")
            }
            return nil
        }
    }

    /// Adds witnesses whose cosignatures are accepted from now on. The caller must hold the lock.
    public func add(_ witnesses: [NoteVerifier]) throws {
        let all = try lines(witnessFile).map(String.init) + witnesses.map(\.description)
        try write(all.flatMap { Array(($0 + "\n").utf8) }, to: Self.witnesses, in: witnessFolder)
    }

    /// Removes what is stored of the checkpoints of these sizes, durably.
    public func remove(_ sizes: [UInt64]) throws(StorageError) {
        guard !sizes.isEmpty, FileSystem.isDirectory(path) else { return }
        for size in sizes { for suffix in ["", Self.cosignatures] { try FileSystem.remove(file: path + "/" + name(size) + suffix) } }
        try FileSystem.syncDirectory(path)
    }

    private func name(_ size: UInt64) -> String {
        let digits = String(size)
        return String(repeating: "0", count: Self.sizeDigits - digits.utf8.count) + digits
    }

    private func file(_ size: UInt64) -> String { path + "/" + name(size) }

    private var witnessFile: String { witnessFolder + "/" + Self.witnesses }

    private func lines(_ file: String) throws -> [Substring] {
        guard let bytes = try FileSystem.read(file, maxBytes: Self.maxBytes) else { return [] }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    }

    /// Writes a file durably. Where the directory was lost, it is made again.
    private func write(_ bytes: [UInt8], to name: String, in folder: String) throws(StorageError) {
        try FileSystem.makeDirectory(folder)
        try FileSystem.replace(name, bytes, in: folder)
    }
}

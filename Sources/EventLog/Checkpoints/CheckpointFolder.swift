internal import Glibc
internal import KeyEvents
public import Storage

/// The folder `checkpoints/`: every checkpoint that was signed, one file each, named by its size in 20 decimal digits; beside
/// it, in `<size>.cosignatures`, the lines of witnesses that have seen it; and in `witnesses`, whose lines are taken: a
/// verifier key a line. In `verifier` stands what checks the newest signatures, so that it is known also where the key that signs is lost. Nothing in it is changed once it is there, but for lines that are added.
public struct CheckpointFolder: Sendable {
    public let path: String
    private let witnessFolder: String
    private let shared: SharedFolder

    /// `folder`: that which holds the file `witnesses`, where it is another.
    public init(path: String, witnessesIn folder: String? = nil) {
        self.path = path
        witnessFolder = folder ?? path
        shared = SharedFolder(path)
    }

    private static let sizeDigits = 20
    private static let cosignatures = ".cosignatures"
    private static let witnesses = "witnesses"
    private static let mostBytes = 1 << 20

    /// Whoever signs holds this from looking at the newest to keeping the new one: two processes never sign what does not follow.
    /// Throws `.lockHeld` where another has it until `deadline`.
    public func lock(until deadline: Deadline = .lockWait) throws(StorageError) -> FileLock {
        try Folder.make(path)
        let lock = try FileLock(path: path + "/lock")
        try lock.lock(until: deadline)
        Folder.removeLeftovers(in: path)
        return lock
    }

    /// Of all that are there, ascending.
    public func sizes() throws(StorageError) -> [UInt64] {
        try Folder.names(path).filter { $0.utf8.count == Self.sizeDigits }.compactMap { UInt64($0) }.sorted()
    }

    /// The one of a size, with the cosignatures that came for it; `nil`: there is none.
    public func note(_ size: UInt64) throws -> SignedNote? {
        let file = file(size)
        guard let bytes = try Folder.read(file, most: Self.mostBytes) else { return nil }
        // Read twice and compared: what a lenient reading lets pass would be a changed file.
        guard var note = SignedNote(String(decoding: bytes, as: UTF8.self)), Array(note.description.utf8) == bytes,
            let checkpoint = Checkpoint(text: note.text), checkpoint.size == size
        else { throw LogError.damaged(position: nil, what: "the checkpoint \(file) is not what was written") }
        note.signatures += try cosignatures(size)
        return note
    }

    /// `nil` while none was signed. Durable, whichever process has just made it: whoever is shown it may keep it and ask for it again.
    public func newest() throws -> SignedNote? {
        guard let size = try sizes().last else { return nil }
        try shared.settle()
        return try note(size)
    }

    /// What somebody has put there by hand, under whatever name: the checkpoints, and the names of files that are none.
    public func strays() throws -> (notes: [SignedNote], unreadable: [String]) {
        var notes: [SignedNote] = []
        var unreadable: [String] = []
        for name in try Folder.names(path).sorted() where !isOwn(name) && !Folder.isFolder(path + "/" + name) {
            let text = try? Folder.read(path + "/" + name, most: Self.mostBytes).map { String(decoding: $0, as: UTF8.self) }
            if let text, let note = SignedNote(text), Checkpoint(text: note.text) != nil {
                notes.append(note)
            } else {
                unreadable.append(name)
            }
        }
        return (notes, unreadable)
    }

    private func isOwn(_ name: String) -> Bool {
        let isOfSize = name.utf8.count == Self.sizeDigits && UInt64(name) != nil
        return isOfSize || name.hasSuffix(Self.cosignatures) || name.hasPrefix(".") || [Self.witnesses, "verifier", "lock"].contains(name)
    }

    /// Durable on return. To be called with the lock held.
    public func add(_ note: SignedNote, size: UInt64) throws(StorageError) {
        try write(Array(note.description.utf8), to: name(size), in: path)
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
    public func setCosignatures(_ signatures: [SignedNote.Signature], of size: UInt64) throws(StorageError) {
        try write(signatures.flatMap { Array(($0.line + "\n").utf8) }, to: name(size) + Self.cosignatures, in: path)
    }

    /// What checks the signatures under the newest checkpoints, as it was kept with them; `nil`: it was not, or cannot be read.
    public func verifier() throws -> NoteVerifier? { try lines(path + "/verifier").first.flatMap { NoteVerifier($0) } }

    /// To be called with the lock held.
    public func setVerifier(_ verifier: NoteVerifier) throws(StorageError) {
        try write(Array("\(verifier)\n".utf8), to: "verifier", in: path)
    }

    /// Whose cosignatures are taken. A key of an algorithm that is not known here is passed over: a newer version may have added it.
    public func witnesses() throws -> [NoteVerifier] {
        try lines(witnessFile).compactMap { line in
            if let witness = NoteVerifier(line) { return witness }
            guard NoteVerifier.unknownAlgorithm(line) != nil else {
                throw LogError.damaged(position: nil, what: "\(witnessFile) holds what is no verifier key")
            }
            return nil
        }
    }

    /// Takes cosignatures of these from now on too. To be called with the lock held.
    public func add(_ witnesses: [NoteVerifier]) throws {
        let all = try lines(witnessFile).map(String.init) + witnesses.map(\.description)
        try write(all.flatMap { Array(($0 + "\n").utf8) }, to: Self.witnesses, in: witnessFolder)
    }

    /// Takes away what is kept of checkpoints of these sizes. Durable on return.
    public func remove(_ sizes: [UInt64]) throws(StorageError) {
        guard !sizes.isEmpty, Folder.isFolder(path) else { return }
        for size in sizes { for suffix in ["", Self.cosignatures] { try Folder.remove(file: path + "/" + name(size) + suffix) } }
        try Folder.sync(path)
    }

    private func name(_ size: UInt64) -> String {
        let digits = String(size)
        return String(repeating: "0", count: Self.sizeDigits - digits.utf8.count) + digits
    }

    private func file(_ size: UInt64) -> String { path + "/" + name(size) }

    private var witnessFile: String { witnessFolder + "/" + Self.witnesses }

    private func lines(_ file: String) throws -> [Substring] {
        guard let bytes = try Folder.read(file, most: Self.mostBytes) else { return [] }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    }

    /// Lost, the folder comes back.
    private func write(_ bytes: [UInt8], to name: String, in folder: String) throws(StorageError) {
        try Folder.make(folder)
        try Folder.replace(name, bytes, in: folder)
    }
}

internal import EventLog
internal import Glibc
internal import KeyEvents
internal import LMDB
internal import Synchronization

/// Signs checkpoints of the log with the key in `vault/`, and holds the log against those signed before.
final class LogSigning: Sendable {
    private let reader: LogReader
    private let folder: DataFolder
    let checkpoints: CheckpointFolder
    let logID: Bytes16
    /// The logs that this one continues.
    private let lineage: [Bytes16]
    private let vault: Vault
    let origin: String
    /// What was said of the log last: once each, not at every attempt.
    private let reported = Mutex<String?>(nil)

    init(_ reader: LogReader, _ folder: DataFolder, _ vault: Vault) throws {
        self.reader = reader
        self.folder = folder
        self.vault = vault
        (logID, lineage) = try reader.environment.read { transaction in
            (try reader.logID(transaction), try reader.lineage(transaction))
        }
        checkpoints = folder.checkpoints(of: logID, isFork: !lineage.isEmpty)
        origin = Self.origin(of: logID)
        // It says that there is a fork, and a kill may have come between the fork and it.
        if !lineage.isEmpty { try? Folder.make(checkpoints.path) }
    }

    /// No other log has the same: the id is random.
    static func origin(of logID: Bytes16) -> String { "keyledger/\(logID.hex)" }

    /// Makes the key if there is none and none was ever used.
    func signer() throws -> NoteSigner {
        if let seed = try vault.signingSeed() { return try signer(seed) }
        guard try checkpoints.sizes().isEmpty else { throw LedgerError.signingKeyMissing(path: vault.signingKeyFile) }
        return try signer(vault.makeSigningSeed())
    }

    func knownVerifier() throws -> NoteVerifier? { try vault.signingSeed().map { try signer($0).verifier } }

    /// Of a log that this one continues.
    func knownVerifier(of origin: String) throws -> NoteVerifier? {
        try vault.signingSeed().flatMap { NoteSigner(name: origin, seed: $0)?.verifier }
    }

    private func signer(_ seed: [UInt8]) throws -> NoteSigner {
        guard let signer = NoteSigner(name: origin, seed: seed) else {
            throw LedgerError.vault(path: vault.signingKeyFile, problem: "the file is not a signing key; restore it from a backup")
        }
        return signer
    }

    /// A checkpoint of every record that is durable: the newest one there is where it covers them all. Throws where the log does not
    /// extend what was signed before, and then nothing is signed.
    /// Throws `.lockHeld` where another process signs, and does not come to its end before `deadline`.
    func sign(until deadline: Deadline = .lockWait) throws -> SignedNote {
        let signer = try signer()
        let lock = try checkpoints.lock(until: deadline)
        defer { lock.unlock() }
        // What a reader sees of another process's commit may not be on the disk yet.
        try reader.environment.sync()
        let newest = try checkpoints.newest()
        let current = try reader.environment.read { transaction in
            guard try reader.logID(transaction) == logID else {
                throw LedgerError.forkedSince(path: folder.path, origin: Self.origin(of: try reader.logID(transaction)))
            }
            let head = try reader.treeHead(transaction)
            guard head.size == (try reader.next(transaction)), try MerkleTree(reader).root(of: head.size, transaction) == head.root else {
                throw LogError.damaged(position: nil, what: "the stored root of the tree does not match the tree, so it is not signed")
            }
            if let newest { try check(newest, signer.verifier, transaction) }
            return Checkpoint(origin: origin, size: head.size, root: head.root)
        }
        if let newest, Checkpoint(text: newest.text) == current { return newest }
        let note = try signer.sign(current.text)
        try checkpoints.add(note, size: current.size)
        return note
    }

    /// Holds the log against everything that was signed and is at hand: throws an `olderCopy`, `notAsSigned` or `forkedSince` where it
    /// is not the newest copy, and tells `report` of checkpoints that say nothing because they cannot be read or were not signed here.
    func holdAgainstCheckpoints(report: (String) -> Void) throws {
        if let later = try folder.forks().first(where: { $0 != logID && !lineage.contains($0) }) {
            throw LedgerError.forkedSince(path: folder.path, origin: Self.origin(of: later))
        }
        let verifier = try? knownVerifier()
        let sizes = try checkpoints.sizes()
        // What a file is named after says enough, whether or not it can be read.
        let end = try reader.environment.read { try reader.next($0) }
        if let newest = sizes.last, newest > end { throw LedgerError.olderCopy(path: folder.path, size: end, signed: newest) }
        for size in sizes.reversed() {
            do {
                guard let note = try checkpoints.note(size) else { continue }
                return try reader.environment.read { try check(note, verifier, $0) }
            } catch let error as LogError {
                report("\(error)")
            }
        }
    }

    private func check(_ note: SignedNote, _ verifier: NoteVerifier?, _ transaction: borrowing ReadTransaction) throws {
        guard let checkpoint = Checkpoint(text: note.text) else {
            throw LogError.damaged(position: nil, what: "the newest checkpoint cannot be read")
        }
        guard checkpoint.origin == origin else {
            throw LedgerError.notAsSigned(path: folder.path, problem: "the newest checkpoint is of another log, \(checkpoint.origin)")
        }
        if let verifier, verifier.check(note) != .signed {
            throw LogError.damaged(
                position: nil, what: "the checkpoint of \(checkpoint.size) records is not signed by this ledger's key")
        }
        let size = try reader.next(transaction)
        guard size >= checkpoint.size else { throw LedgerError.olderCopy(path: folder.path, size: size, signed: checkpoint.size) }
        guard try MerkleTree(reader).root(of: checkpoint.size, transaction) == checkpoint.root else {
            throw LedgerError.notAsSigned(
                path: folder.path,
                problem: "the first \(checkpoint.size) records are not those that were signed: the log was changed, or is another")
        }
    }

    /// Whether these words were not the last ones said.
    func isNews(_ words: String?) -> Bool {
        reported.withLock { reported in
            defer { reported = words }
            return words != nil && reported != words
        }
    }
}

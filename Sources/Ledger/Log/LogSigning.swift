internal import EventLog
internal import Glibc
internal import KeyEvents
internal import Storage
internal import Synchronization

/// Signs checkpoints of the log with the key in `vault/`, and holds the log against those signed before.
final class LogSigning: Sendable {
    private let reader: LogReader
    var tables: LogTables { reader.tables }
    private let folder: DataFolder
    let checkpoints: CheckpointFolder
    let logID: Bytes16
    /// The logs that this one continues.
    private let lineage: [Bytes16]
    private let vault: Vault
    /// What was said of the log last: once each, not at every attempt.
    private let reported = Mutex<String?>(nil)
    /// When a question last had a checkpoint signed, by a clock that only goes forward, in microseconds.
    private let askedAt = Mutex<Int64?>(nil)

    init(_ reader: LogReader, _ folder: DataFolder, _ vault: Vault) throws {
        self.reader = reader
        self.folder = folder
        self.vault = vault
        (logID, lineage) = try reader.environment.read { transaction in
            (try reader.logID(transaction), try reader.lineage(transaction))
        }
        checkpoints = folder.checkpoints(of: logID, isFork: !lineage.isEmpty)
        // It says that there is a fork, and a kill may have come between the fork and it.
        if !lineage.isEmpty { try? Folder.make(checkpoints.path) }
    }

    /// Whether the key that signs is at hand. One that cannot be read just now, or is damaged, is an error instead.
    enum Key {
        case atHand(NoteSigner)
        /// The file is not there, and something was signed.
        case lost(path: String)
        /// The file holds another key than the one that signed.
        case differs(path: String)
        /// None was ever used.
        case unmade
    }

    /// Why nothing new can be signed; `nil`: it can.
    func problem() -> LedgerError? {
        do {
            return switch try reader.environment.read({ try key($0, making: false) }) {
            case .atHand, .unmade: nil
            case .lost(let path): .signingKeyMissing(path: path)
            case .differs(let path): .signingKeyDiffers(path: path)
            }
        } catch { return error as? LedgerError }
    }

    /// How the log came to its origin, and the one it has now: another process may have changed it.
    func identity(_ transaction: borrowing some Transaction & ~Copyable) throws -> (succession: LogSuccession, origin: LogOrigin) {
        let succession = try reader.succession(transaction)
        return (succession, succession.origin(of: logID))
    }

    func identity() throws -> (succession: LogSuccession, origin: LogOrigin) { try reader.environment.read { try identity($0) } }

    /// Names the log in its checkpoints of now.
    var origin: LogOrigin { (try? identity().origin) ?? LogOrigin(logID) }

    /// The key that signs under the origin of now. `making`: the one that the log begins with is made where none was ever used.
    func key(_ transaction: borrowing some Transaction & ~Copyable, making: Bool = true) throws -> Key {
        let (succession, origin) = try identity(transaction)
        let file = vault.signingKeys.file(Self.keyOrigin(succession, origin))
        if let seed = try vault.signingKeys.seed(in: file) {
            guard let signer = NoteSigner(name: "\(origin)", seed: seed) else {
                throw LogError.damaged(position: nil, what: "the log has no name")
            }
            return try isOurs(signer.verifier, succession, origin) ? .atHand(signer) : .differs(path: file)
        }
        guard Self.keyOrigin(succession, origin).key == nil, try checkpoints.sizes().isEmpty else { return .lost(path: file) }
        guard making else { return .unmade }
        guard let signer = NoteSigner(name: "\(origin)", seed: try vault.signingKeys.makeSeed(for: Self.keyOrigin(succession, origin)))
        else {
            return .lost(path: file)
        }
        return .atHand(signer)
    }

    /// Under which the key in force was made: a fork goes on with the key that there was.
    private static func keyOrigin(_ succession: LogSuccession, _ origin: LogOrigin) -> LogOrigin {
        succession.steps.last { if case .keyChange = $0.kind { true } else { false } }?.newOrigin ?? LogOrigin(origin.logID)
    }

    func signer() throws -> NoteSigner { try reader.environment.read { try signer($0) } }

    func signer(_ transaction: borrowing some Transaction & ~Copyable) throws -> NoteSigner {
        switch try key(transaction) {
        case .atHand(let signer): return signer
        case .lost(let path): throw LedgerError.signingKeyMissing(path: path)
        case .differs(let path): throw LedgerError.signingKeyDiffers(path: path)
        case .unmade: throw LedgerError.signingKeyMissing(path: folder.vault)
        }
    }

    /// By what the log says of its key, or by what was signed with it.
    private func isOurs(_ verifier: NoteVerifier, _ succession: LogSuccession, _ origin: LogOrigin) throws -> Bool {
        if let named = succession.verifiers(current: nil)[origin] { return named == verifier }
        // The one that was kept with the checkpoints says the same: that one of them is damaged is no doubt of the key.
        if try checkpoints.verifier() == verifier { return true }
        return try hasSigned(verifier) ?? true
    }

    /// What checks the signatures of now, without the key: by a record that names it, or as it was kept with the checkpoints.
    private func recordedVerifier(_ succession: LogSuccession, _ origin: LogOrigin) throws -> NoteVerifier? {
        if let named = succession.verifiers(current: nil)[origin] { return named }
        guard let kept = try checkpoints.verifier(), kept.name == "\(origin)", try hasSigned(kept) ?? false else { return nil }
        return kept
    }

    /// Whether any of the newest checkpoints has a signature that `verifier` accepts: one of them alone may be damaged. `nil`: there is none
    /// under its name.
    private func hasSigned(_ verifier: NoteVerifier) throws -> Bool? {
        let notes = try checkpoints.sizes().suffix(Self.askedCheckpoints).compactMap { try? checkpoints.note($0) }
            .filter { Checkpoint(text: $0.text)?.origin == verifier.name }
        return notes.isEmpty ? nil : notes.contains { verifier.check($0) == .signed }
    }

    private static let askedCheckpoints = 8

    /// What checks the signatures of now, as far as it is known; makes no key.
    func knownVerifier() throws -> NoteVerifier? { try reader.environment.read { try knownVerifier($0) } }

    func knownVerifier(_ transaction: borrowing some Transaction & ~Copyable) throws -> NoteVerifier? {
        let (succession, origin) = try identity(transaction)
        if let known = try recordedVerifier(succession, origin) { return known }
        let file = vault.signingKeys.file(Self.keyOrigin(succession, origin))
        guard let seed = try vault.signingKeys.seed(in: file), let verifier = NoteSigner(name: "\(origin)", seed: seed)?.verifier else {
            return nil
        }
        guard try isOurs(verifier, succession, origin) else { throw LedgerError.signingKeyDiffers(path: file) }
        return verifier
    }

    /// A checkpoint of every record that is durable: the newest one there is where it covers them all. Throws where the log does not
    /// extend what was signed before, and then nothing is signed.
    /// Throws `.lockHeld` where another process signs, and does not come to its end before `deadline`.
    func sign(until deadline: Deadline = .lockWait) throws -> SignedNote {
        let lock = try checkpoints.lock(until: deadline)
        defer { lock.unlock() }
        // What a reader sees of another process's commit may not be on the disk yet.
        try reader.environment.sync()
        let newest = try checkpoints.newest()
        let (signer, current) = try reader.environment.read { transaction in
            guard try reader.logID(transaction) == logID else {
                throw LedgerError.forkedSince(path: folder.path, origin: "\(LogOrigin(try reader.logID(transaction)))")
            }
            let signer = try self.signer(transaction)
            let head = try reader.treeHead(transaction)
            guard head.size == (try reader.next(transaction)), try MerkleTree(reader).root(of: head.size, transaction) == head.root else {
                throw LogError.damaged(position: nil, what: "the stored root of the tree does not match the tree, so it is not signed")
            }
            if let newest { try check(newest, signer.verifier, transaction) }
            return (signer, Checkpoint(origin: signer.verifier.name, size: head.size, root: head.root))
        }
        if try checkpoints.verifier() != signer.verifier { try checkpoints.setVerifier(signer.verifier) }
        if let newest, Checkpoint(text: newest.text) == current { return newest }
        let note = try signer.sign(current.text)
        try checkpoints.add(note, size: current.size)
        return note
    }

    /// Whether somebody who asks questions may have a checkpoint signed now: each costs the disk and stays for good.
    func maySignForQuestion(at now: Int64) -> Bool {
        askedAt.withLock { last in
            if let last, now.saturatingSubtracting(last) < Self.questionPause { return false }
            last = now
            return true
        }
    }

    /// In microseconds.
    private static let questionPause: Int64 = 10_000_000

    /// Holds the log against everything that was signed and is at hand: throws an `olderCopy`, `notAsSigned` or `forkedSince` where it
    /// is not the newest copy, and tells `report` of checkpoints that say nothing because they cannot be read or were not signed here.
    func holdAgainstCheckpoints(report: (String) -> Void) throws {
        if let later = try folder.forks().first(where: { $0 != logID && !lineage.contains($0) }) {
            throw LedgerError.forkedSince(path: folder.path, origin: "\(LogOrigin(later))")
        }
        let verifier = try? knownVerifier()
        let sizes = try checkpoints.sizes()
        // What a file is named after says enough, whether or not it can be read.
        let end = try reader.environment.read { try reader.next($0) }
        if let newest = sizes.last, newest > end { throw LedgerError.olderCopy(path: folder.path, size: end, signed: newest) }
        let strays = try checkpoints.strays()
        for name in strays.unreadable { report("\(checkpoints.path)/\(name) is no checkpoint, and is passed over.") }
        for note in strays.notes {
            do { try reader.environment.read { try check(note, verifier, $0) } } catch let error as LogError {
                report("A file in \(checkpoints.path) is passed over: \(error)")
            }
        }
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
        let (succession, current) = try identity(transaction)
        let origin = succession.origin(ofSize: checkpoint.size, current: current)
        guard checkpoint.origin == "\(origin)" else {
            throw LedgerError.notAsSigned(path: folder.path, problem: "the newest checkpoint is of another log, \(checkpoint.origin)")
        }
        if let verifier = succession.verifiers(current: verifier)[origin], verifier.check(note) != .signed {
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

    /// Whether the error says that nothing can be signed for want of the right key. One that cannot be read just now is not lost.
    static func isKeyProblem(_ error: LedgerError) -> Bool {
        switch error {
        case .signingKeyMissing, .signingKeyDiffers: true
        default: false
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

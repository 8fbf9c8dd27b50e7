package import Bytes
package import EventLog
internal import KeyEvents
internal import Storage
internal import Synchronization

/// Signs checkpoints of the log with the key in `vault/`, and checks the log against earlier checkpoints.
package final class LogSigning: Sendable {
    private let reader: LogReader
    var tables: LogTables { reader.tables }
    private let folder: DataFolder
    let checkpoints: CheckpointFolder
    package let logID: Bytes16
    /// The ids of the logs that this one continues.
    private let lineage: [Bytes16]
    private let vault: Vault
    /// The last reported problem of the log, so that each is reported once and not at every attempt.
    private let reported = Mutex<String?>(nil)
    private let hasFailed = Atomic(false)
    /// The files beside the checkpoints that were reported, so that each is reported once and not before every signature.
    private let reportedStrays = Mutex<Set<String>>([])
    /// The key that signed last, and the folder that the checkpoint was stored in.
    private let lastSigner = Mutex<(signer: NoteSigner, folder: FilePlace?)?>(nil)
    /// The time at which a query last had a checkpoint signed, by the monotonic clock.
    private let askedAt = Mutex<MonotonicInstant?>(nil)

    init(_ reader: LogReader, _ folder: DataFolder, _ vault: Vault) throws {
        self.reader = reader
        self.folder = folder
        self.vault = vault
        (logID, lineage) = try reader.environment.read { transaction in
            (try reader.logID(transaction), try reader.lineage(transaction))
        }
        checkpoints = folder.checkpoints(of: logID, isFork: !lineage.isEmpty)
        // The folder says that there is a fork; the process that forked the log may have been killed before it made it.
        if !lineage.isEmpty { try? FileSystem.makeDirectory(checkpoints.path) }
    }

    /// Whether the signing key is at hand. A key that cannot be read at present, or is damaged, is an error instead.
    enum Key {
        case atHand(NoteSigner)
        /// The file of the key is missing, and something was signed with it.
        case lost(path: String)
        /// The file holds another key than the one that signed.
        case differs(path: String)
        /// No signing key was ever used.
        case unmade
    }

    /// Why no new checkpoint can be signed; `nil` where signing works.
    func problem() -> LedgerError? {
        do {
            return switch try reader.environment.read({ try key($0, making: false) }) {
            case .atHand, .unmade: nil
            case .lost(let path): .signingKeyMissing(path: path)
            case .differs(let path): .signingKeyDiffers(path: path)
            }
        } catch { return error as? LedgerError }
    }

    /// Reads how the log came to its origin, and the current origin: another process may have changed it.
    func identity(_ transaction: borrowing some Transaction & ~Copyable) throws -> (succession: LogSuccession, origin: LogOrigin) {
        let succession = try reader.succession(transaction)
        return (succession, succession.origin(of: logID))
    }

    func identity() throws -> (succession: LogSuccession, origin: LogOrigin) { try reader.environment.read { try identity($0) } }

    /// The origin that names the log in its current checkpoints.
    var origin: LogOrigin { (try? identity().origin) ?? LogOrigin(logID) }

    /// Finds the key that signs under the current origin. With `making` the log's first key is made where none was ever used.
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

    /// The origin under which the current key was made: a fork keeps the key of the log that it left.
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

    /// Whether a verifier key is the log's own, by the log's key records or by the checkpoints signed with it.
    private func isOurs(_ verifier: NoteVerifier, _ succession: LogSuccession, _ origin: LogOrigin) throws -> Bool {
        if let named = succession.verifiers(current: nil)[origin] { return named == verifier }
        // The verifier key that was stored with the checkpoints says the same: a damaged checkpoint casts no doubt on the key.
        if try checkpoints.verifier() == verifier { return true }
        return try hasSigned(verifier) ?? true
    }

    /// The verifier key of current signatures, found without the signing key: from a record that names it, or as it was stored with the
    /// checkpoints.
    private func recordedVerifier(_ succession: LogSuccession, _ origin: LogOrigin) throws -> NoteVerifier? {
        if let named = succession.verifiers(current: nil)[origin] { return named }
        guard let kept = try checkpoints.verifier(), kept.name == "\(origin)", try hasSigned(kept) ?? false else { return nil }
        return kept
    }

    /// Whether any of the newest checkpoints has a signature that `verifier` accepts; one of them alone may be damaged. `nil` where no
    /// checkpoint has its name.
    private func hasSigned(_ verifier: NoteVerifier) throws -> Bool? {
        let notes = try checkpoints.sizes().suffix(Self.askedCheckpoints).compactMap { try? checkpoints.note($0) }
            .filter { Checkpoint(text: $0.text)?.origin == verifier.name }
        return notes.isEmpty ? nil : notes.contains { verifier.check($0) == .signed }
    }

    private static let askedCheckpoints = 8

    /// The verifier key of current signatures, as far as it is known; makes no key.
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

    /// Signs a checkpoint of every durable record, or returns the newest one where it covers them all. Where the log does not extend
    /// what was signed before, this throws and signs nothing. It throws `.lockHeld` where another process signs and does not finish
    /// before `deadline`, and `.replaced` where another ledger stands in the folder by now.
    func sign(until deadline: Deadline = .lockWait) throws -> SignedNote {
        try reader.environment.requireInPlace()
        let lock = try checkpoints.lock(until: deadline)
        defer { lock.unlock() }
        // Another process's commit may be visible to readers before it is on the disk.
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
        // The folder may be another ledger's since the lock was taken.
        try reader.environment.requireInPlace()
        if try checkpoints.verifier() != signer.verifier { try checkpoints.setVerifier(signer.verifier) }
        defer { lastSigner.withLock { $0 = (signer, FilePlace(checkpoints.path)) } }
        if let newest, Checkpoint(text: newest.text) == current { return newest }
        let note = try signer.sign(current.text)
        try checkpoints.add(note, size: current.size)
        return note
    }

    /// Signs a checkpoint of the head that this process has seen, though the log's files hold something else by now: the records were
    /// acknowledged, and whoever opens an older copy in this folder has to learn of them. Nothing is signed where another folder stands in
    /// the place of the one with the checkpoints, or its newest ones are signed with another key.
    func sign(seen head: LogContinuity.Head) throws {
        guard let last = lastSigner.withLock({ $0 }), let folder = last.folder, FilePlace(checkpoints.path) == folder else { return }
        let lock = try checkpoints.lock(until: .after(.seconds(1)))
        defer { lock.unlock() }
        guard try checkpoints.sizes().last ?? 0 < head.size, try checkpoints.verifier() == last.signer.verifier else { return }
        let checkpoint = Checkpoint(origin: last.signer.verifier.name, size: head.size, root: head.root)
        try checkpoints.add(try last.signer.sign(checkpoint.text), size: head.size)
    }

    /// Whether a query may have a checkpoint signed now: each checkpoint costs disk writes and is kept for good.
    package func maySignForQuestion(at now: MonotonicInstant) -> Bool {
        askedAt.withLock { last in
            if let last, now - last < Self.checkpointPause { return false }
            last = now
            return true
        }
    }

    /// The minimum time between two checkpoints that queries cause.
    private static let checkpointPause = Duration.seconds(10)

    /// Checks the log against every signed checkpoint at hand. Throws `olderCopy`, `notAsSigned` or `forkedSince` where it is not the
    /// newest copy, and passes to `report` the checkpoints that prove nothing because they cannot be read or were not signed here.
    func holdAgainstCheckpoints(report: (String) -> Void) throws {
        if let later = try folder.forks().first(where: { $0 != logID && !lineage.contains($0) }) {
            throw LedgerError.forkedSince(path: folder.path, origin: "\(LogOrigin(later))")
        }
        let verifier = try? knownVerifier()
        let sizes = try checkpoints.sizes()
        // The size in a file's name is enough, whether or not the file can be read.
        let end = try reader.environment.read { try reader.next($0) }
        if let newest = sizes.last, newest > end { throw LedgerError.olderCopy(path: folder.path, size: end, signed: newest) }
        let strays = try checkpoints.strays()
        for stray in strays.others where reportedStrays.withLock({ $0.insert(stray.path).inserted }) {
            report("\(stray.path) is no checkpoint: it \(stray.problem). It is passed over")
        }
        for note in try strays.notes.filter(concerns) {
            do { try reader.environment.read { try check(note, verifier, $0) } } catch let error as LogError {
                report("A file in \(checkpoints.path) is passed over: \(error)")
            }
        }
        var isNewestDamaged = false
        defer { hasFailed.store(isNewestDamaged, ordering: .relaxed) }
        for size in sizes.reversed() {
            do {
                guard let note = try checkpoints.note(size) else { continue }
                return try reader.environment.read { try check(note, verifier, $0) }
            } catch let error as LogError {
                isNewestDamaged = true
                report("\(error)")
            }
        }
    }

    /// Whether a checkpoint that somebody has put there is to be held against the log. Beside the checkpoints of a fork those of the log
    /// that it left may stand.
    package func concerns(_ stray: SignedNote) throws -> Bool {
        guard !lineage.isEmpty, let checkpoint = Checkpoint(text: stray.text) else { return true }
        let (succession, current) = try identity()
        return switch succession.place(of: checkpoint, current: current) {
        case .here, .elsewhere: true
        case .abandoned, .leftBehind: false
        }
    }

    private func check(_ note: SignedNote, _ verifier: NoteVerifier?, _ transaction: borrowing ReadTransaction) throws {
        guard let checkpoint = Checkpoint(text: note.text) else {
            throw LogError.damaged(position: nil, what: "the newest checkpoint cannot be read")
        }
        let (succession, current) = try identity(transaction)
        let origin = succession.origin(ofSize: checkpoint.size, current: current)
        guard checkpoint.origin == "\(origin)" else {
            throw LedgerError.notAsSigned(
                path: folder.path,
                problem:
                    "the newest checkpoint in \(checkpoints.path) is of another log, \(checkpoint.origin); if it is out of place, move it away"
            )
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

    /// Whether the error says that nothing can be signed because the right key is missing. A key that cannot be read at present does
    /// not count as missing.
    package static func isKeyProblem(_ error: LedgerError) -> Bool {
        switch error {
        case .signingKeyMissing, .signingKeyDiffers: true
        default: false
        }
    }

    /// Whether the newest checkpoint cannot be relied on, or none could be stored when that was tried last. What concerns the signing key
    /// is told by `problem`.
    var hasCheckpointProblem: Bool { hasFailed.load(ordering: .relaxed) }

    /// Notes the result of holding the log against its checkpoints, or of signing one. Returns whether the words, which are `nil` where
    /// it went well, differ from the last reported ones.
    func note(_ words: String?, isOfCheckpoints: Bool) -> Bool {
        hasFailed.store(words != nil && isOfCheckpoints, ordering: .relaxed)
        return reported.withLock { reported in
            defer { reported = words }
            return words != nil && reported != words
        }
    }
}

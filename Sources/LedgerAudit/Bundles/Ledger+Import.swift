internal import Bytes
public import EventLog
internal import Glibc
public import KeyEvents
public import Ledger
internal import Projections
internal import Storage

extension Ledger {
    /// Makes a ledger of a whole bundle in a folder that holds none: the same records, the same root, the same checkpoints. Where
    /// anything in the bundle is wrong, nothing of it is left in the folder.
    ///
    /// The log continues as it was only where the bundle reaches the newest checkpoint at hand: in the folder's `checkpoints/`, or in
    /// `trustedCheckpoints`. Otherwise it cannot be known whether the bundle is the newest copy, and the log is forked: it gets a new id, and one
    /// more record that says so.
    ///
    /// An import that was interrupted before its end, or failed, can be started again, as often as it takes.
    ///
    /// A bundle holds no secrets: without the `vault/` of the ledger that wrote it, personal fields cannot be read and no checkpoint
    /// can be signed; keys are validated all the same.
    ///
    /// - Parameters:
    ///   - file: the path of the bundle.
    ///   - folder: the data folder; it is made where it is missing.
    ///   - verifier: the verifier key that was obtained from the ledger earlier; with `nil` the key that the bundle names is used.
    ///   - trustedCheckpoints: the trusted checkpoints, kept elsewhere, which the bundle must agree with.
    ///   - options: how the ledger is opened.
    ///   - progress: called with how many of how many records were read.
    ///   - announce: called with the result before the one transaction that makes a ledger of the folder; an error from it undoes the
    ///     import.
    /// - Returns: what was imported.
    /// - Throws: `ImportRefusal` where the bundle is refused; `BundleError` and `BundleFileMissing` where it cannot be read;
    ///   `LedgerError` where the folder holds a ledger or another process makes one; the errors of writing the folder; what `announce`
    ///   throws.
    @available(*, noasync)
    public static func importBundle(
        _ file: String, to folder: DataFolder, verifier: NoteVerifier? = nil, trustedCheckpoints: [Checkpoint] = [],
        options: Options = Options(), progress: (UInt64, UInt64) -> Void = { _, _ in },
        announce: (ImportOutcome) throws -> Void = { _ in }
    ) throws -> ImportOutcome {
        guard unsafe access(file, R_OK) == 0 else { throw BundleFileMissing(path: file) }
        if let ledger = folder.enclosingLedger { throw LedgerError.insideLedger(path: folder.path, ledger: ledger) }
        if try folder.holdsWholeLedger() { throw LedgerError.ledgerExists(path: folder.path) }
        let isHere = [folder.path, folder.vault, folder.checkpoints].map { (path: String) -> Bool in unsafe access(path, F_OK) == 0 }
        try folder.make()
        let lock = try folder.lockForMaking()
        defer { withExtendedLifetime(lock) {} }
        // The check is repeated under the lock: the process that had it before may have made a ledger.
        if try folder.holdsWholeLedger() { throw LedgerError.ledgerExists(path: folder.path) }
        // The keys that an interrupted initialization has made belong to no imported ledger.
        if try folder.making() == .initialization { throw LedgerError.unfinishedInit(path: folder.path) }
        try takeBack(folder)
        guard try folder.forks().isEmpty else { throw ImportRefusal.hasCheckpoints }
        let here = CheckpointFolder(path: folder.checkpoints)
        let kept = try here.sizes().compactMap { try here.note($0) } + here.strays().notes
        // The folder may hold what an interrupted import left.
        FileSystem.removeDirectory(folder.ledger)
        try folder.make()
        do {
            return try fill(file, folder, verifier, trustedCheckpoints, kept, options, progress, announce)
        } catch {
            // The next import finds the checkpoints, if removing them fails here too.
            guard (try? takeBack(folder)) != nil else { throw error }
            // The import removes only what it has made: a vault that was in the folder before stays.
            FileSystem.removeDirectory(folder.ledger)
            FileSystem.removeDirectory(folder.views)
            if !isHere[1] { FileSystem.removeDirectory(folder.vault) }
            if !isHere[2] { FileSystem.removeDirectory(folder.checkpoints) }
            if !isHere[0] { FileSystem.removeDirectory(folder.path) }
            throw error
        }
    }

    /// Removes the checkpoints that an interrupted import has added, which must not count as checkpoints that somebody kept. They are
    /// removed before `ledger/`, which tells which they are.
    private static func takeBack(_ folder: DataFolder) throws {
        guard case .bundleImport(let checkpoints, let forks)? = try folder.making() else { return }
        try CheckpointFolder(path: folder.checkpoints).remove(checkpoints)
        for fork in forks { FileSystem.removeDirectory(folder.checkpoints + "/" + fork) }
        if !forks.isEmpty { try FileSystem.syncDirectory(folder.checkpoints) }
    }

    /// Imports a bundle as the method above does, for callers that must not block; the work has a thread of its own.
    ///
    /// - Parameters:
    ///   - file: the path of the bundle.
    ///   - folder: the data folder; it is made where it is missing.
    ///   - verifier: the verifier key that was obtained from the ledger earlier; with `nil` the key that the bundle names is used.
    ///   - trustedCheckpoints: the trusted checkpoints, kept elsewhere, which the bundle must agree with.
    ///   - options: how the ledger is opened.
    ///   - progress: called with how many of how many records were read.
    ///   - announce: called with the result before the one transaction that makes a ledger of the folder; an error from it undoes the
    ///     import.
    /// - Returns: what was imported.
    /// - Throws: what the method above throws, and an error where the system gives no thread.
    public static func importBundle(
        _ file: String, to folder: DataFolder, verifier: NoteVerifier? = nil, trustedCheckpoints: [Checkpoint] = [],
        options: Options = Options(), progress: @escaping @Sendable (UInt64, UInt64) -> Void = { _, _ in },
        announce: @escaping @Sendable (ImportOutcome) throws -> Void = { _ in }
    ) async throws -> ImportOutcome {
        try await WorkThread.result("ledger-import") {
            try importBundle(
                file, to: folder, verifier: verifier, trustedCheckpoints: trustedCheckpoints, options: options, progress: progress,
                announce: announce)
        }
    }

    private static func fill(
        _ file: String, _ folder: DataFolder, _ verifier: NoteVerifier?, _ trustedCheckpoints: [Checkpoint], _ kept: [SignedNote],
        _ options: Options,
        _ progress: (UInt64, UInt64) -> Void, _ announce: (ImportOutcome) throws -> Void
    ) throws -> ImportOutcome {
        let header = try BundleVerification.header(of: file)
        let known = kept.compactMap { Checkpoint(text: $0.text) }
        guard known.allSatisfy({ LogOrigin($0.origin)?.logID == header.logID }) else { throw ImportRefusal.hasCheckpoints }
        // Checkpoints beyond the bundle's size tell that it is an older copy, which need not extend them. Checkpoints of a log that
        // this one was forked from tell nothing about its age.
        let atHand = (trustedCheckpoints + known).sorted { $0.size < $1.size }
        func isOfThisLog(_ checkpoint: Checkpoint) -> Bool { LogOrigin(checkpoint.origin)?.logID == header.logID }
        let reached = atHand.filter { !isOfThisLog($0) || $0.size <= header.size }
        let newestOfThis = atHand.last(where: isOfThisLog)
        let isNewestCopy = newestOfThis.map { $0.size <= header.size } ?? false
        let environment = try openEnvironment(folder, options)
        let tables = LogTables(environment)
        try environment.write { try LogMaking.bundleImport(checkpoints: [], forks: []).set(tables, &$0) }
        var target = LogImport(environment)
        var size: UInt64 = 0
        let outcome = try BundleVerification(verifier: verifier, trustedCheckpoints: reached).run(file: file) { header in
            guard header.kind == .whole else { throw ImportRefusal.notWhole }
            size = header.size
        } record: { _, record, leaf in
            guard record.count <= EventCodec.maximumRecordBytes else { throw ImportRefusal.notVerified([]) }
            try target.append(record, leaf: leaf)
            if target.size % 10_000 == 0 { progress(target.size, size) }
        }
        // Records that an older log appended after this one had left it need not be in the bundle.
        guard outcome.findings.allSatisfy(outcome.leftBehind.contains), SecretFormat(prefix: outcome.header.keyPrefix) != nil else {
            throw ImportRefusal.notVerified(outcome.findings.filter { !outcome.leftBehind.contains($0) })
        }
        _ = try target.finish()
        let stateTables = StateTables(environment)
        _ = try StateRebuild(LogReader(environment), stateTables).run { progress($0, size) }
        let newest = kept.last ?? outcome.checkpoints.last
        let reader = LogReader(environment)
        let sizes = outcome.checkpoints.compactMap { Checkpoint(text: $0.text)?.size }
        let watch = try ClockWatch(options.clock, reader, path: folder.path)
        let fork: LogFork?
        do {
            fork = try EmbeddedSequencer(environment, time: { watch.time(after: $0) }).transact { transaction, appender in
                try LogMeta.logID.set(header.logID.bytes, tables, &transaction)
                try LogMeta.lineage.set(target.lineage.flatMap(\.bytes), tables, &transaction)
                try LogMeta.firstPosition.set(UInt64(0).bigEndianBytes, tables, &transaction)
                try LogMeta.keyPrefix.set(Array(header.keyPrefix.utf8), tables, &transaction)
                let fork =
                    try isNewestCopy
                    ? nil
                    : LedgerLog.appendFork(
                        to: options.randomness.logID(), leaving: newest?.signedByLog ?? "", at: appender.recordedAt, reader,
                        &transaction,
                        &appender)
                let isFork = !target.lineage.isEmpty
                try LogMaking.bundleImport(
                    checkpoints: isFork ? [] : sizes.filter { size in !known.contains { $0.size == size } },
                    forks: (isFork ? [header.logID.hex] : []) + (fork.map { [$0.logID.hex] } ?? [])
                ).set(tables, &transaction)
                return fork
            }
        } catch let doubt as UncertainCommit {
            // Whether the commit happened does not matter: until the import is finished there is no ledger, and the import is started
            // again.
            throw doubt.cause
        }
        let checkpoints = folder.checkpoints(of: header.logID, isFork: !target.lineage.isEmpty)
        for note in outcome.checkpoints { try checkpoints.add(imported: note) }
        if let key = header.verifierKey.flatMap({ NoteVerifier($0) }), !outcome.checkpoints.isEmpty { try checkpoints.setVerifier(key) }
        if let fork { try FileSystem.makeDirectory(folder.checkpoints(of: fork.logID, isFork: true).path) }
        let imported = ImportOutcome(bundle: outcome, fork: fork, signedSize: newestOfThis?.size)
        try announce(imported)
        // This comes last: until then the folder holds no ledger.
        try environment.write { try LogMaking.finish(tables, &$0) }
        return imported
    }
}

/// The result of an import.
public struct ImportOutcome: Sendable {
    /// The result of verifying the bundle.
    public let bundle: BundleVerification.Outcome
    /// The fork, where the log continues under a new id because the bundle may not be the newest copy; `nil` where it continues as it
    /// was.
    public let fork: LogFork?
    /// How many records the newest checkpoint at hand covers; `nil` where none was at hand.
    public let signedSize: UInt64?
}

/// Why a bundle was not imported.
public enum ImportRefusal: Error, Sendable {
    /// The bundle holds a part of a log.
    case notWhole
    /// The folder holds checkpoints of another log, or of a fork.
    case hasCheckpoints
    /// The bundle is not what its ledger signed; what is wrong with it.
    case notVerified([Finding])
}

extension ImportRefusal: CustomStringConvertible {
    /// The sentence for the operator: why the bundle was not imported, and what to do.
    public var description: String {
        switch self {
        case .hasCheckpoints:
            "The folder's checkpoints/ holds those of another log, or of a log that was forked; move it away first. Those in the bundle come with it."
        case .notWhole: "The bundle holds a part of a log; only a whole one can become a ledger."
        case .notVerified(let findings):
            "The bundle is not what its ledger signed, and nothing was imported"
                + (findings.first.map { ": " + ($0.position.map { "position \($0): " } ?? "") + $0.what } ?? "") + "."
        }
    }
}

extension CheckpointFolder {
    /// Adds a checkpoint as a bundle holds it, with its cosignatures.
    fileprivate func add(imported note: SignedNote) throws {
        guard let checkpoint = Checkpoint(text: note.text) else { return }
        let signer = checkpoint.origin
        let (own, others) = (note.signatures.filter { $0.name == signer }, note.signatures.filter { $0.name != signer })
        try add(SignedNote(text: note.text, signatures: own), size: checkpoint.size)
        if !others.isEmpty { try setCosignatures(others, of: checkpoint.size) }
    }
}

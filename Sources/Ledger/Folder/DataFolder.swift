internal import EventLog
internal import Glibc
internal import KeyEvents
internal import Projections
internal import Storage

/// Where everything is kept; the article Operating says what may be lost and what may not.
public struct DataFolder: Sendable {
    public let path: String

    public init(path: String) { self.path = path }

    public var ledger: String { path + "/ledger" }
    public var views: String { path + "/views" }
    public var vault: String { path + "/vault" }
    public var checkpoints: String { path + "/checkpoints" }

    /// Whether there is the file of a log; what is being made, or was interrupted, counts too.
    public var holdsLedger: Bool { Self.exists(ledger + "/data.mdb") }

    /// Whether there is a ledger that was made to its end.
    public func holdsWholeLedger() throws -> Bool {
        guard holdsLedger else { return false }
        do { return try LogMeta.identity(path: ledger) != nil } catch StorageError.alreadyOpen { return true }
    }

    /// What is being made here, or was when its making was interrupted; `nil`: nothing that this version began.
    func making() throws -> LogMaking? { holdsLedger ? try LogMaking.interrupted(path: ledger) : nil }

    /// Held by whoever makes a ledger here. Leaves no file behind.
    func lockForMaking() throws -> FileLock {
        let lock = try FileLock(folder: path)
        guard lock.tryLock() else { throw LedgerError.beingMade(path: path) }
        return lock
    }

    /// Makes the folders that are missing, mode 0700, durable on return. Throws `.openPermissions` where others may change or read what is there.
    func make() throws {
        for folder in [path, ledger, views, vault, checkpoints] { try Folder.make(folder) }
        try checkPermissions()
    }

    private func checkPermissions() throws(LedgerError) {
        let faults = FolderPermissions.faults(of: self)
        guard faults.isEmpty else { throw .openPermissions(faults) }
    }

    /// Says early and plainly what would otherwise fail somewhere inside. What the ledger can do without stops nothing: it is made
    /// anew where it is missing.
    func check(report: (String) -> Void) throws(LedgerError) {
        var status = stat()
        if unsafe stat(ledger + "/data.mdb", &status) != 0 {
            // What cannot be looked into may well hold a ledger.
            throw errno == ENOENT || errno == ENOTDIR ? absence() : .notWritable(path: path)
        }
        try checkPermissions()
        for folder in [path, ledger] {
            guard unsafe access(folder, R_OK | W_OK | X_OK) == 0 else { throw .notWritable(path: folder) }
        }
        guard unsafe access(ledger + "/data.mdb", R_OK | W_OK) == 0 else { throw .notWritable(path: ledger + "/data.mdb") }
        // Lost, they come back from the log.
        if !Folder.isFolder(views) { try? Folder.make(views) }
        checkVault(report)
        // Whoever made the folders may not have lived to make them durable, and what is written in them now is to last.
        do {
            try Folder.syncName(of: path)
            try Folder.sync(path)
        } catch {
            report("Whether the folder \(path) outlives a power cut cannot be said: it could not be synced (\(error)).")
        }
    }

    /// What it means that there is no ledger here. What was signed of one, and keys that fields in one were sealed with, say that there was.
    func absence() -> LedgerError {
        switch try? making() {
        case .initialization?: return .unfinishedInit(path: path)
        case .bundleImport?: return .unfinishedImport(path: path)
        case nil: break
        }
        return (try? holdsWhatBelongsToALedger()) ?? false ? .logGone(path: path) : .noLedger(path: path)
    }

    func holdsWhatBelongsToALedger() throws -> Bool {
        try holdsCheckpoints() || Vault(path: vault, randomness: .system).holdsKeys()
    }

    func holdsCheckpoints() throws -> Bool { try !CheckpointFolder(path: checkpoints).sizes().isEmpty || !forks().isEmpty }

    /// Where checkpoints of a log are kept: those of a log that was forked in a folder of their own, so that what was signed before stays.
    func checkpoints(of logID: Bytes16, isFork: Bool) -> CheckpointFolder {
        guard isFork else { return CheckpointFolder(path: checkpoints) }
        return CheckpointFolder(path: checkpoints + "/" + logID.hex, witnessesIn: checkpoints)
    }

    /// The logs of which checkpoints are kept in folders of their own.
    func forks() throws -> [Bytes16] { try Folder.names(checkpoints).compactMap { $0.utf8.count == 32 ? Bytes16(hex: $0) : nil } }

    private func checkVault(_ report: (String) -> Void) {
        if Self.exists(vault) {
            if unsafe access(vault, R_OK | W_OK | X_OK) != 0 {
                report("\(LedgerError.notWritable(path: vault)) Until then names and other personal fields can be neither read nor kept.")
            }
            return
        }
        let loss =
            "The vault at \(vault) is missing: names and other personal fields recorded so far cannot be read. If there is a backup of it,"
            + " stop, restore it, and start again."
        let signing = "The key that signs the log was in it too; where it is lost for good, make another: keyledger log key --new"
        do {
            try Folder.make(vault)
            report(loss + " An empty one was made; keys are validated all the same. \(signing)")
        } catch {
            report(loss + " It could not be made anew (\(error)); keys are validated all the same. \(signing)")
        }
    }

    private static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }
}

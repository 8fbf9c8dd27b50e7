package import Bytes
package import EventLog
internal import Glibc
internal import KeyEvents
internal import Projections
package import Storage

/// The folder that holds everything a ledger keeps; the article Operating says what may be lost and what may not.
public struct DataFolder: Sendable {
    /// The path of the folder.
    public let path: String

    /// Names a folder, which need not exist.
    ///
    /// - Parameter path: the path of the folder.
    public init(path: String) { self.path = path }

    /// The path of the folder with the log and the state.
    public var ledger: String { path + "/ledger" }
    /// The path of the folder with the derived views, which can be rebuilt.
    public var views: String { path + "/views" }
    /// The path of the folder with the data keys and the signing key.
    public var vault: String { path + "/vault" }
    /// The path of the folder with the signed checkpoints.
    public var checkpoints: String { path + "/checkpoints" }

    /// Whether the file of a log exists; a ledger that is being made, or whose making was interrupted, counts too.
    public var holdsLedger: Bool { Self.exists(ledger + "/data.mdb") }

    /// Looks for a ledger that was made completely.
    ///
    /// - Returns: whether the folder holds one, open elsewhere or not; false for a ledger whose making was interrupted.
    /// - Throws: the errors of reading the log.
    public func holdsWholeLedger() throws -> Bool {
        guard holdsLedger else { return false }
        do { return try LogMeta.identity(path: ledger) != nil } catch StorageError.alreadyOpen { return true }
    }

    /// The kind of making that is in progress in the folder, or was interrupted; `nil` where this version began none.
    package func making() throws -> LogMaking? { holdsLedger ? try LogMaking.interrupted(path: ledger) : nil }

    /// Takes the lock of the process that makes a ledger here; the lock leaves no file behind.
    package func lockForMaking() throws -> FileLock {
        let lock = try FileLock(folder: path)
        guard lock.tryLock() else { throw LedgerError.beingMade(path: path) }
        return lock
    }

    /// Makes the missing folders with mode 0700, durably. Throws `.openPermissions` where others may change or read what is in them.
    package func make() throws {
        for folder in [path, ledger, views, vault, checkpoints] { try FileSystem.makeDirectory(folder) }
        try checkPermissions()
    }

    private func checkPermissions() throws(LedgerError) {
        let faults = FolderPermissions.faults(of: self)
        guard faults.isEmpty else { throw .openPermissions(faults) }
    }

    /// Checks the folder before it is opened, so that a problem is reported early and plainly. Parts that the ledger can do without are
    /// made anew where they are missing.
    func check(report: (String) -> Void) throws(LedgerError) {
        var status = stat()
        if unsafe stat(ledger + "/data.mdb", &status) != 0 {
            // A folder that cannot be read may well hold a ledger.
            throw errno == ENOENT || errno == ENOTDIR ? absence() : .notWritable(path: path)
        }
        try checkPermissions()
        for folder in [path, ledger] {
            guard unsafe access(folder, R_OK | W_OK | X_OK) == 0 else { throw .notWritable(path: folder) }
        }
        guard unsafe access(ledger + "/data.mdb", R_OK | W_OK) == 0 else { throw .notWritable(path: ledger + "/data.mdb") }
        // The views are rebuilt from the log where they are missing.
        if !FileSystem.isDirectory(views) { try? FileSystem.makeDirectory(views) }
        checkVault(report)
        // The process that made the folders may have been killed before they were durable, and what is written in them now must last.
        do {
            try FileSystem.syncName(of: path)
            try FileSystem.syncDirectory(path)
        } catch {
            report("Whether the folder \(path) outlives a power cut cannot be said: it could not be synced (\(error)).")
        }
    }

    /// Why there is no ledger here. Checkpoints of a log, or data keys of its fields, prove that there was one.
    func absence() -> LedgerError {
        switch try? making() {
        case .initialization?: return .unfinishedInit(path: path)
        case .bundleImport?: return .unfinishedImport(path: path)
        case nil: break
        }
        if let ledger = enclosingLedger { return .insideLedger(path: path, ledger: ledger) }
        if Self.exists(path), !FileSystem.isDirectory(path) { return .noFolder(path: path) }
        return (try? holdsWhatBelongsToALedger()) ?? false ? .logGone(path: path) : .noLedger(path: path)
    }

    /// The path of the data folder that this folder is a part of; `nil` where it is none of the parts of one.
    package var enclosingLedger: String? {
        let path = FileSystem.realPath(path) ?? path
        guard let slash = path.lastIndex(of: "/") else { return nil }
        let parent = DataFolder(path: String(path[..<slash]))
        return [parent.ledger, parent.views, parent.vault, parent.checkpoints].contains(path) && parent.holdsLedger ? parent.path : nil
    }

    func holdsWhatBelongsToALedger() throws -> Bool {
        try holdsCheckpoints() || Vault(path: vault, randomness: .system).holdsKeys()
    }

    func holdsCheckpoints() throws -> Bool {
        let folder = CheckpointFolder(path: checkpoints)
        return try !folder.sizes().isEmpty || !forks().isEmpty || !folder.strays().notes.isEmpty
    }

    /// The folder with the checkpoints of a log: a forked log has one of its own, so that earlier checkpoints stay.
    package func checkpoints(of logID: Bytes16, isFork: Bool) -> CheckpointFolder {
        guard isFork else { return CheckpointFolder(path: checkpoints) }
        return CheckpointFolder(path: checkpoints + "/" + logID.hex, witnessesIn: checkpoints)
    }

    /// The ids of the logs whose checkpoints have folders of their own.
    package func forks() throws -> [Bytes16] {
        try FileSystem.contents(checkpoints).compactMap { $0.utf8.count == 32 ? Bytes16(hex: $0) : nil }
    }

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
            try FileSystem.makeDirectory(vault)
            report(loss + " An empty one was made; keys are validated all the same. \(signing)")
        } catch {
            report(loss + " It could not be made anew (\(error)); keys are validated all the same. \(signing)")
        }
    }

    /// Whether something stands at a path; what cannot be reached may well be there.
    private static func exists(_ path: String) -> Bool {
        unsafe access(path, F_OK) == 0 || errno != ENOENT && errno != ENOTDIR
    }
}

internal import EventLog
public import KeyEvents
public import Storage
internal import Validation

/// An error that the operator must correct. Each message says what happened, where, and what to do.
public enum LedgerError: Error, Sendable {
    /// The folder holds no ledger.
    case noLedger(path: String)
    /// The folder is a part of another one that holds a ledger.
    case insideLedger(path: String, ledger: String)
    /// The path is that of a file.
    case noFolder(path: String)
    /// The folder holds a ledger already.
    case ledgerExists(path: String)
    /// The log itself is missing, while checkpoints or data keys of it exist.
    case logGone(path: String)
    /// The log ends before its newest checkpoint: an older copy was restored. `size` and `signed` count records.
    case olderCopy(path: String, size: UInt64, signed: UInt64)
    /// The log is not the one that was signed.
    case notAsSigned(path: String, problem: String)
    /// The checkpoints cannot be read, so that it is not known whether the log is the newest copy.
    case checkpointsUnreadable(path: String, problem: String)
    /// The log was forked since this copy of it was made, or since this process opened it; `origin` names the fork.
    case forkedSince(path: String, origin: String)
    /// The open files are not in their place: they were moved away, replaced by others, or cannot be reached.
    case replaced(path: String)
    /// Another program wrote into the open files, or cut them short.
    case changedByOthers(path: String, problem: StorageError)
    /// A part of the log, or something derived from it, could not be read where it was needed.
    case damaged(problem: String)
    /// The folder holds what an interrupted import left: records, but no complete ledger.
    case unfinishedImport(path: String)
    /// The ledger was not made completely: nobody was shown its admin key.
    case unfinishedInit(path: String)
    /// Another process is making a ledger in the folder.
    case beingMade(path: String)
    /// The prefix for secrets is not allowed.
    case badPrefix
    /// The path cannot be read and written by this user.
    case notWritable(path: String)
    /// The vault, or a file in it, cannot be used.
    case vault(path: String, problem: String)
    /// The clock is far from what it should say.
    case clockInDoubt(path: String, clock: Timestamp, expected: Timestamp)
    /// The log says that the account's data key was destroyed, and its file is still in the vault.
    case beingErased(account: AccountID, at: Timestamp)
    /// The key that signed the log's checkpoints is missing.
    case signingKeyMissing(path: String)
    /// The file of the signing key holds another key than the one that signed the log's checkpoints.
    case signingKeyDiffers(path: String)
    /// The disk is full but for the reserve, which only lifecycle commands may use.
    case storageFull(path: String)
    /// Writing fails for another reason.
    case cannotRecord(problem: String)
    /// Another process holds a lock without which nothing can be written; what was asked for has not happened, and will not.
    case lockHeld(problem: String)
    /// Another process has the ledger open, and may not know the format to which this version upgrades it.
    case openElsewhere(path: String, process: String)
    /// Users other than the owner may read or change what they must not; the faults, in sentences.
    case openPermissions([String])
    /// The system gave no thread to write with.
    case noThread(problem: String)
    /// The ledger is closed.
    case closed
}

extension LedgerError: CustomStringConvertible {
    /// The sentence for the operator: what happened, where, and what to do.
    public var description: String {
        switch self {
        case .noLedger(let path): "There is no ledger in \(path). Make one with: keyledger init --data \(path)"
        case .insideLedger(let path, let ledger): "\(path) is a part of the ledger in \(ledger). Name that folder: --data \(ledger)"
        case .noFolder(let path): "\(path) is a file, and a ledger is a folder. Mend --data."
        case .ledgerExists(let path): "There is a ledger in \(path) already; nothing was changed. Its admin key was shown when it was made."
        case .logGone(let path):
            "The log is gone: \(path)/ledger holds no ledger, and checkpoints/ or vault/ beside it holds what belongs to one. Restore ledger/ from a"
                + " backup, or make a ledger of an exported bundle with: keyledger log import FILE --data \(path). Nothing was changed."
        case .olderCopy(let path, let size, let signed):
            "The log in \(path) ends after \(size) records, and a checkpoint of \(signed) was signed: this is an older copy, in which keys revoked"
                + " since are not revoked. So nothing is validated; revoking works. Restore the newest copy; if it is lost, run: keyledger log fork"
                + " --data \(path)"
        case .notAsSigned(let path, let problem):
            "The log in \(path) is not the one that was signed (\(problem)), so nothing is validated; revoking works. Restore the right copy; if it is"
                + " lost, run: keyledger log fork --data \(path)"
        case .checkpointsUnreadable(let path, let problem):
            "The signed checkpoints of the log in \(path) cannot be read (\(problem)), so it is not known whether this is the newest copy, and nothing"
                + " is validated; revoking works. Mend what is named; it goes on by itself then."
        case .forkedSince(let path, let origin):
            "The log in \(path) was forked (\(origin)), and this is the log as it was before, in which keys revoked since are not revoked. So nothing is"
                + " validated. Restore the newest copy, or start again the process that had it open meanwhile."
        case .replaced(let path):
            "The files in \(path)/ledger are not those that this process has open: they were moved, replaced, or cannot be reached. So nothing is"
                + " validated. It goes on by itself once the same files are back; where others stand there, restore the newest copy and start it again."
        case .changedByOthers(let path, let problem):
            "The files in \(path)/ledger were changed under this process (\(problem)), so nothing is validated. Stop every process that has them open,"
                + " restore the newest copy of the folder, and start again."
        case .damaged(let problem):
            "Part of the ledger could not be read: \(problem). Calls that need it are answered 503. Run keyledger replay; look closer with"
                + " keyledger doctor."
        case .unfinishedImport(let path):
            "\(path) holds what an interrupted import left; import the bundle again, or remove \(path)/ledger first. Nothing was changed."
        case .unfinishedInit(let path):
            "The ledger in \(path) was not made to its end: its making is under way, or was interrupted before its admin key was shown. Run it again:"
                + " keyledger init --data \(path)"
        case .beingMade(let path):
            "Another process is making a ledger in \(path) at this moment, by init or by an import; nothing was changed."
        case .badPrefix: "The prefix must be 1 to 16 lowercase letters or digits and begin with a letter."
        case .notWritable(let path): "\(path) is not readable and writable for this user; mend its permissions or mount it writable."
        case .beingErased(let account, let date):
            "The account \(account) was erased on \(date), and the data key that was to be destroyed still stands in the vault: try again, or"
                + " open the ledger anew, which destroys it."
        case .vault(let path, let problem): "The vault at \(path) cannot be used: \(problem)."
        case .clockInDoubt(let path, let clock, let expected):
            "This machine's clock says \(clock), and by the log and the time that has passed it should be about \(expected): nothing is validated or"
                + " recorded by it; revoking works. Set the clock; if it is right, run: keyledger log clock --confirm --data \(path)"
        case .signingKeyMissing(let path):
            "The key that signs the log, \(path), is missing, so nothing new can be signed: restore it from a backup of vault/. If it is lost for good,"
                + " sign with a new one: keyledger log key --new"
        case .signingKeyDiffers(let path):
            "The key in \(path) is not the one that this log was signed with, so nothing new is signed: restore the right one from a backup of vault/. If"
                + " it is lost for good, move this file away, and sign with a new one: keyledger log key --new"
        case .storageFull(let path):
            "The disk that holds \(path) is full: uses cannot be recorded, so nothing is validated. Free some space; revoking still works."
        case .cannotRecord(let problem):
            "The ledger cannot be written (\(problem)): uses cannot be recorded, so nothing is validated. Run keyledger doctor."
        case .lockHeld(let problem): "Nothing was changed: \(problem)"
        case .openElsewhere(let path, let process):
            "This version stores the ledger in \(path) in a newer format, and \(process) has it open and may not know that format. Nothing was"
                + " changed. Stop every process that has the ledger open, then start this one first."
        case .openPermissions(let faults): faults.joined(separator: " ") + " Nothing was changed."
        case .noThread(let problem): "The system gives no thread to write the ledger with: \(problem)."
        case .closed: "The ledger is closed."
        }
    }
}

extension LedgerError {
    /// Whether the error says that a row of the validation index is corrupt.
    static func isCorruptIndexEntry(_ error: any Error) -> Bool { error is CorruptIndexEntry }

    /// Tells whether another process holds a lock for too long: what was asked for has not happened, and will not.
    ///
    /// - Parameter error: the error of any call.
    /// - Returns: whether it is such an error.
    public static func isHeldLock(_ error: any Error) -> Bool {
        if case LedgerError.lockHeld = error { return true }
        return (error as? StorageError)?.isHeldLock ?? false
    }

    /// Tells whether an error is one that the operator must correct; each layer below has its own type of such errors.
    ///
    /// - Parameter error: the error of any call.
    /// - Returns: whether it is such an error.
    public static func isOperators(_ error: any Error) -> Bool {
        error is LedgerError || error is LogError || error is StorageError || error is CorruptIndexEntry || error is UnreadableAllowlist
    }
}

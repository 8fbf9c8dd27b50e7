internal import EventLog
internal import LMDB
internal import Validation

/// What an operator must mend: what happened, where, and what to do.
public enum LedgerError: Error, Sendable {
    case noLedger(path: String)
    case ledgerExists(path: String)
    /// Records without a ledger around them.
    case unfinishedImport(path: String)
    case badPrefix
    case notWritable(path: String)
    case vault(path: String, problem: String)
    /// Checkpoints were signed with a key that is gone.
    case signingKeyMissing(path: String)
    /// The disk is full but for the reserve that only lifecycle commands may use.
    case storageFull(path: String)
    /// Writing fails for another reason.
    case cannotRecord(problem: String)
    /// The system gave no thread to write with.
    case noThread(problem: String)
    case closed
}

extension LedgerError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .noLedger(let path): "There is no ledger in \(path). Make one with: keyledger init --data \(path)"
        case .ledgerExists(let path): "There is a ledger in \(path) already; nothing was changed. Its admin key was shown when it was made."
        case .unfinishedImport(let path):
            "\(path) holds what an interrupted import left; import the bundle again, or remove \(path)/ledger first. Nothing was changed."
        case .badPrefix: "The prefix must be 1 to 16 lowercase letters or digits and begin with a letter."
        case .notWritable(let path): "\(path) is not readable and writable for this user; mend its permissions or mount it writable."
        case .vault(let path, let problem): "The vault at \(path) cannot be used: \(problem)."
        case .signingKeyMissing(let path):
            "The key that signs the log, \(path), is missing, and checkpoints were signed with it: restore it from a backup of vault/."
        case .storageFull(let path):
            "The disk that holds \(path) is full: uses cannot be recorded, so nothing is validated. Free some space; revoking still works."
        case .cannotRecord(let problem):
            "The ledger cannot be written (\(problem)): uses cannot be recorded, so nothing is validated. Run keyledger doctor."
        case .noThread(let problem): "The system gives no thread to write the ledger with: \(problem)."
        case .closed: "The ledger is closed."
        }
    }
}

extension LedgerError {
    /// Whether an error thrown by a ledger is one that its operator must mend; its layers each have their own type.
    public static func isOperators(_ error: any Error) -> Bool {
        error is LedgerError || error is LogError || error is LMDBError || error is DamagedIndex
    }
}

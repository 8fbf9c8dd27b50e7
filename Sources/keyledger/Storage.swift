internal import LMDB

/// The words of the storage below, for people.
enum Storage {
    static func words(for error: any Error) -> String? {
        guard let error = error as? LMDBError else { return nil }
        switch error {
        case .corrupted, .notLMDB, .versionMismatch:
            return "The ledger's files: \(error). Look closer with keyledger doctor; the log can be restored from a backup or an export."
        // It ends with a command.
        case .lockHeld:
            return "The ledger's files: \(error)"
        default:
            return "The ledger's files: \(error)."
        }
    }
}

internal import Storage

extension StorageError {
    /// This error of the ledger's files as the operator reads it, with what can be done.
    var sentence: String {
        switch self {
        case .corrupted, .notLMDB, .versionMismatch:
            "The ledger's files: \(self). Look closer with keyledger doctor; the log can be restored from a backup or an export."
        // The description ends with a command.
        case .lockHeld:
            "The ledger's files: \(self)"
        default:
            "The ledger's files: \(self)."
        }
    }
}

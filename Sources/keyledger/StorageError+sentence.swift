internal import Storage

extension StorageError {
    /// The message for this error of the ledger's files, with what the operator can do.
    var sentence: String {
        switch self {
        case .corrupted, .notLMDB, .versionMismatch:
            "The ledger's files: \(self). Look closer with keyledger doctor; the log can be restored from a backup or an export."
        // The description ends with a command, so no full stop follows.
        case .lockHeld:
            "The ledger's files: \(self)"
        default:
            "The ledger's files: \(self)."
        }
    }
}

internal import Storage

extension StorageError {
    /// The message for this error of the ledger's files, with what the operator can do.
    var sentence: String {
        let remedy: String? =
            switch self {
            case .corrupted, .notLMDB, .versionMismatch:
                "Look closer with keyledger doctor; the log can be restored from a backup or an export."
            case .overwritten, .cutShort, .panic:
                "Stop every process that has them open, restore the newest copy of the folder, and start again."
            case .mapFull: "The log has reached the largest size that this program is built for."
            case .readersFull, .mapResized: "Try again when fewer processes have the ledger open."
            case .noSpace: "Free some space, or raise the quota or the limit."
            case .shortage: "Raise the limits of the process or of the system (ulimit -n; memory), and try again."
            case .notPermitted: "Mend the permissions, or run this as the user that owns the folder."
            case .notAFolder: "Look at what stands there: it has to be a folder."
            case .missing: "Restore what is missing from a backup, or mend the path."
            case .alreadyOpen: "Use the one that is open."
            case .otherPIDNamespace: "Run this where the other process runs, or stop that one."
            case .inputOutput: "Look at the disk and at the system's log; keyledger doctor says what can still be read."
            case .unexpected: "Look at what stands there: each of the ledger's files is a plain file that this user may read and write."
            case .badValueSize, .keyExists: "Look closer with keyledger doctor."
            // The description ends with a command.
            case .lockHeld: nil
            }
        return "The ledger's files: \(self)" + (remedy.map { ". " + $0 } ?? "")
    }
}

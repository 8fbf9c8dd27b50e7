internal import EventLog

/// What does not work, or is not safe, while keys are validated all the same.
public enum HealthProblem: CaseIterable, Sendable {
    /// The vault, or a data key in it that was needed, cannot be read or written.
    case vault
    /// A data key is lost: the vault does not hold it, and the log does not say that it was destroyed.
    case lostDataKey
    /// Other users may read or change what is in the vault.
    case openVault
    /// The key that signs checkpoints is missing, is another, or cannot be read.
    case signingKey
    /// No checkpoint can be stored, or the newest one is damaged.
    case checkpoints
}

extension Health {
    /// What does not work, or is not safe, while keys are validated all the same. Finding out costs a few system calls.
    public var problems: [HealthProblem] { HealthProblem.allCases.filter(has) }

    private func has(_ problem: HealthProblem) -> Bool {
        switch problem {
        case .vault: vaultProblem != nil
        case .lostDataKey: ledger.dataKeyWatch.hasLosses
        case .openVault: FolderPermissions.isOpen(ledger.folder.vault)
        case .signingKey: ledger.log.signingProblem != nil
        case .checkpoints: !ledger.log.checkpoints.canBeWritten || ledger.signing.hasCheckpointProblem
        }
    }
}

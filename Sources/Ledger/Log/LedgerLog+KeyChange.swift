internal import EventLog
public import KeyEvents

/// The result of a change of the log's signing key.
public struct LogKeyReport: Sendable {
    /// The change as it was recorded.
    public let change: LogKeyChange
    /// The position of the record of the change: checkpoints of larger sizes are signed by the new key.
    public let position: UInt64

    /// Whether the old key has signed the new one, so that auditors who hold the old verifier key can follow the change.
    public var isVouched: Bool { !change.signature.isEmpty }
}

extension LedgerLog {
    /// Signs the log with a new key from now on, under a new origin, and records the change: for an operator who has lost the key, or
    /// wants to replace it. The log, and the tree over it, continue as they were, and other processes keep the ledger open.
    ///
    /// - Parameter caller: who changes the key.
    /// - Returns: the change as it was recorded.
    /// - Throws: `LedgerError` where the log is not the newest copy, or where the old key is another one, is damaged, or cannot be read
    ///   at present, since such a key is not lost; the errors of writing the vault and the log.
    public func changeLogKey(by caller: Caller = .commandLine) async throws -> LogKeyReport {
        try ledger.standing.requireNewestCopy()
        // The old key is checked before anything is made.
        do { _ = try ledger.signing.signer() } catch LedgerError.signingKeyMissing {}
        let (origin, seed) = try ledger.vault.signingKeys.makeSuccessor(in: ledger.signing.logID)
        guard let next = NoteSigner(name: "\(origin)", seed: seed) else {
            throw LedgerError.vault(path: ledger.folder.vault, problem: "no signing key could be made")
        }
        let report = try await withCheckedThrowingContinuation { continuation in
            ledger.writer.enqueue(KeyChangeJob(to: next, origin, ledger.signing, by: caller, ledger.vault, continuation))
        }
        try signCheckpoint()
        return report
    }
}

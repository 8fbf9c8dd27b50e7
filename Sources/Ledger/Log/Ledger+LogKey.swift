internal import EventLog
public import KeyEvents

/// What a change of the log's key did.
public struct LogKeyReport: Sendable {
    public let change: LogKeyChange
    /// Of the record that tells of it: checkpoints of larger sizes are signed by the new key.
    public let position: UInt64

    /// Whether the old key has signed for the new one, so that whoever holds the old verifier key can follow.
    public var isVouched: Bool { !change.signature.isEmpty }
}

extension Ledger {
    /// Signs the log with a new key from now on, under a new origin, and records that: for an operator who has lost the key, or wants to give
    /// it up. The log, and the tree over it, go on as they were, and so does whoever has the ledger open.
    ///
    /// Throws where the old key is there and is another, is damaged, or cannot be read just now: that is not lost.
    public func changeLogKey(by caller: Caller = .commandLine) async throws -> LogKeyReport {
        try standing.requireNewestCopy()
        // Before anything is made.
        do { _ = try signing.signer() } catch LedgerError.signingKeyMissing {}
        let (origin, seed) = try vault.signingKeys.makeSuccessor(in: signing.logID)
        guard let next = NoteSigner(name: "\(origin)", seed: seed) else {
            throw LedgerError.vault(path: folder.vault, problem: "no signing key could be made")
        }
        let report = try await withCheckedThrowingContinuation { continuation in
            writer.enqueue(KeyChangeJob(to: next, origin, signing, by: caller, vault, continuation))
        }
        try signCheckpoint()
        return report
    }
}

package import EventLog

/// A signed checkpoint that somebody keeps apart from the ledger.
package struct TrustedCheckpoint: Sendable {
    /// The file in which it was.
    package let file: String
    package let note: SignedNote
    package let checkpoint: Checkpoint

    package init(file: String, note: SignedNote, checkpoint: Checkpoint) {
        self.file = file
        self.note = note
        self.checkpoint = checkpoint
    }

    /// Checks the signature.
    ///
    /// - Parameters:
    ///   - verifier: The verifier key of the log that the checkpoint names.
    ///   - mustBeSigned: Whether the key has to have signed it. Otherwise only a false signature is wrong.
    /// - Returns: What is wrong; `nil` where nothing is.
    func finding(against verifier: NoteVerifier, mustBeSigned: Bool) -> Finding? {
        let result = verifier.check(note)
        guard result == .forged || (result != .signed && mustBeSigned) else { return nil }
        return Finding(position: nil, what: "the checkpoint in \(file) is not signed by \(verifier)")
    }
}

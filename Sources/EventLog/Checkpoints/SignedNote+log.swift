extension SignedNote {
    /// The checkpoint with nothing but the signature of its log.
    package var signedByLog: String {
        let origin = Checkpoint(text: text)?.origin
        return SignedNote(text: text, signatures: signatures.filter { $0.name == origin }).description
    }
}

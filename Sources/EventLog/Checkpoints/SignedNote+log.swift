extension SignedNote {
    /// The checkpoint with the signature of its log alone, as text.
    package var signedByLog: String {
        let origin = Checkpoint(text: text)?.origin
        return SignedNote(text: text, signatures: signatures.filter { $0.name == origin }).description
    }
}

internal import EventLog
internal import KeyService

/// Reads every checkpoint that was signed and looks at what is under it.
struct CheckpointExamination {
    /// Those whose signatures are right, or cannot be checked.
    private(set) var checkpoints: [Checkpoint] = []
    private(set) var damaged: [DoctorReport.Damage] = []
    private(set) var notes: [String] = []
    /// What the signatures were held against.
    let verifier: NoteVerifier?

    /// `verifier`: as somebody got it from the ledger earlier. Otherwise that of the key in `vault/`.
    init(_ ledger: Ledger, verifier given: NoteVerifier?) throws {
        verifier = try given ?? ledger.logVerifier()
        if verifier == nil { notes.append("The key that signs checkpoints is lost: their signatures were not checked.") }
        let folder = ledger.checkpoints
        let witnesses = try folder.witnesses()
        for size in try folder.sizes() {
            do {
                guard let note = try folder.note(size) else { continue }
                try examine(note, origin: ledger.origin, witnesses)
            } catch let error as LogError {
                tell("\(error)")
            }
        }
    }

    private mutating func tell(_ what: String) { damaged.append(.init(position: nil, what: what)) }

    private mutating func examine(_ note: SignedNote, origin: String, _ witnesses: [NoteVerifier]) throws {
        guard let checkpoint = Checkpoint(text: note.text) else { return tell("a checkpoint cannot be read") }
        guard checkpoint.origin == origin else {
            return tell("the checkpoint of \(checkpoint.size) records is of another log, \(checkpoint.origin)")
        }
        if let verifier, verifier.check(note) != .signed {
            return tell("the checkpoint of \(checkpoint.size) records is not signed by \(verifier)")
        }
        for witness in witnesses where witness.check(note) == .forged {
            tell("what the witness \(witness.name) put under the checkpoint of \(checkpoint.size) records is not its signature")
        }
        // Only lines of known witnesses are ever kept, but for those that came with a bundle, whose witnesses nobody named here.
        for line in note.signatures
        where line.name != origin && !witnesses.contains(where: { $0.name == line.name && $0.keyID == line.keyID }) {
            let what = "the checkpoint of \(checkpoint.size) records bears a line of a witness that is not known, \(line.name)"
            if witnesses.isEmpty { notes.append(what + "; it was not checked") } else { tell(what) }
        }
        checkpoints.append(checkpoint)
    }
}

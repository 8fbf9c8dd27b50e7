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
    private let latestCosignature: UInt64

    /// `verifier`: as somebody got it from the ledger earlier. Otherwise that of the key in `vault/`. `held`: files with checkpoints that
    /// somebody kept.
    init(_ ledger: Ledger, verifier given: NoteVerifier?, held files: [String]) throws {
        latestCosignature = ledger.latestCosignature
        var (verifier, problem) = (given, nil as String?)
        if given == nil {
            do { verifier = try ledger.knownVerifier() } catch let error as LedgerError { problem = "\(error)" }
        }
        self.verifier = verifier
        if verifier == nil {
            notes.append(
                (problem ?? "The key that signs checkpoints is not there.") + " The signatures under checkpoints were not checked.")
        }
        if let given, given.name != ledger.origin { tell("the key given is of the log \(given.name), and this one is \(ledger.origin)") }
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
        for file in files {
            let (note, checkpoint) = try VerifierArgument.checkpoint(file: file)
            if checkpoint.origin != ledger.origin {
                tell("the checkpoint in \(file) is of another log, \(checkpoint.origin); this one is \(ledger.origin)")
            } else if let verifier, verifier.check(note) != .signed {
                tell("the checkpoint in \(file) is not signed by \(verifier)")
            } else {
                checkpoints.append(checkpoint)
            }
        }
        if given != nil, checkpoints.isEmpty {
            tell("there is no checkpoint that the key given has signed, so nothing shows that this is the log it belongs to")
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
        for witness in witnesses {
            switch witness.check(note) {
            case .forged:
                tell("what the witness \(witness.name) put under the checkpoint of \(checkpoint.size) records is not its signature")
            case .cosigned(let seconds) where seconds > latestCosignature:
                notes.append(
                    "The witness \(witness.name) dated the checkpoint of \(checkpoint.size) records in the future: its clock was ahead, or this"
                        + " machine's is behind.")
            case .cosigned, .signed, .notSigned: break
            }
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

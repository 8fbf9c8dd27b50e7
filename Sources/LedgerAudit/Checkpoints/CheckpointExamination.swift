internal import EventLog
internal import Ledger

/// Reads every signed checkpoint and checks its signatures.
struct CheckpointExamination {
    /// The checkpoints whose signatures are right, or cannot be checked.
    private(set) var checkpoints: [Checkpoint] = []
    private(set) var damaged: [Finding] = []
    private(set) var notes: [String] = []
    /// The key that the signatures were checked against.
    let verifier: NoteVerifier?
    private let latestCosignature: UInt64
    private let succession: LogSuccession
    /// The current origin of the log.
    private let current: LogOrigin
    private let verifiers: [LogOrigin: NoteVerifier]

    /// Examines the checkpoints of a ledger. `given` is a verifier key that somebody got from the ledger earlier; without one,
    /// the key in `vault/` is used. `trusted` are checkpoints that somebody kept.
    init(_ ledger: Ledger, verifier given: NoteVerifier?, trusted: [TrustedCheckpoint]) throws {
        latestCosignature = ledger.audit.latestCosignature
        (succession, current) = try ledger.log.identity()
        let known = try? ledger.log.knownVerifier()
        verifier = given ?? known
        verifiers = succession.verifiers(current: known ?? (given?.name == "\(current)" ? given : nil))
        if let problem = ledger.log.signingProblem { notes.append("\(problem)") }
        if verifier == nil { notes.append("Which key signed checkpoints is not known. The signatures under checkpoints were not checked.") }
        if let given { hold(given, against: known) }
        let folder = ledger.log.checkpoints
        let witnesses = try folder.witnesses()
        for size in try folder.sizes() {
            do {
                guard let note = try folder.note(size) else { continue }
                try examine(note, witnesses)
            } catch let error as LogError {
                report("\(error)")
            }
        }
        // What somebody has put there and this ledger has not signed is passed over, as it was when the ledger was opened.
        for note in try folder.strays().notes where try ledger.signing.concerns(note) && isSigned(note) { try examine(note, witnesses) }
        if let kept = try folder.verifier(), let known, kept != known, kept.name == known.name {
            report(
                "the verifier key kept with the checkpoints is not the one that signed them; sign anew with keyledger log checkpoint --sign"
            )
        }
        for checkpoint in trusted { try examine(checkpoint, ledger) }
        if given != nil, checkpoints.isEmpty {
            report("there is no checkpoint that the key given has signed, so nothing shows that this is the log it belongs to")
        }
    }

    /// Compares the key that somebody kept with the current one.
    private mutating func hold(_ given: NoteVerifier, against known: NoteVerifier?) {
        guard let known else {
            if given.name != "\(current)" { report("the key given is of the log \(given.name), and this one is \(current)") }
            return
        }
        switch succession.trust(in: known, holding: given) {
        case .same: break
        case .followed(let positions):
            notes.append(
                "The log goes on from the one of the key given, \(given.name), as \(current), by the records at"
                    + " \(positions.map(String.init).joined(separator: ", ")).")
        case .broken(let position):
            report(
                "the key of the log was changed at position \(position) without the one given, which was lost: get the new one by another way"
            )
        case .unrelated:
            report(
                given.name == known.name
                    ? "the checkpoints are signed by \(known), not by the key given"
                    : "the key given is of the log \(given.name), and this one is \(current)")
        }
    }

    /// Checks a checkpoint that somebody kept. The root of the log at its size is compared later, with the log.
    private mutating func examine(_ trusted: TrustedCheckpoint, _ ledger: Ledger) throws {
        let (file, checkpoint) = (trusted.file, trusted.checkpoint)
        let place = succession.place(of: checkpoint, current: current)
        if let verifier = LogOrigin(checkpoint.origin).flatMap({ verifiers[$0] }),
            let finding = trusted.finding(against: verifier, mustBeSigned: checkpoint.origin == "\(current)")
        {
            damaged.append(finding)
            return
        }
        func isLeftBehind(at position: UInt64) {
            report(
                "the checkpoint in \(file), of \(checkpoint.size) records of \(checkpoint.origin), is of the part of that log that was left behind: this"
                    + " log left it at position \(position)")
        }
        switch place {
        case .elsewhere: report("the checkpoint in \(file) is of another log, \(checkpoint.origin); this one is \(current)")
        case .here: checkpoints.append(checkpoint)
        case .leftBehind(let position): isLeftBehind(at: position)
        case .abandoned(let position):
            guard try ledger.audit.root(of: checkpoint.size) == checkpoint.root else { return isLeftBehind(at: position) }
            checkpoints.append(checkpoint)
        }
    }

    /// Whether a checkpoint is signed by the log's key, as far as that is known.
    private func isSigned(_ note: SignedNote) -> Bool {
        guard let checkpoint = Checkpoint(text: note.text) else { return false }
        return verifiers[succession.origin(ofSize: checkpoint.size, current: current)].map { $0.check(note) == .signed } ?? true
    }

    private mutating func report(_ what: String) { damaged.append(Finding(position: nil, what: what)) }

    private mutating func examine(_ note: SignedNote, _ witnesses: [NoteVerifier]) throws {
        guard let checkpoint = Checkpoint(text: note.text) else { return report("a checkpoint cannot be read") }
        let (log, origin) = (succession.origin(ofSize: checkpoint.size, current: current), checkpoint.origin)
        guard origin == "\(log)" else {
            return report("the checkpoint of \(checkpoint.size) records is of another log, \(checkpoint.origin)")
        }
        if let verifier = verifiers[log], verifier.check(note) != .signed {
            return report("the checkpoint of \(checkpoint.size) records is not signed by \(verifier)")
        }
        for witness in witnesses {
            switch witness.check(note) {
            case .forged:
                report("what the witness \(witness.name) put under the checkpoint of \(checkpoint.size) records is not its signature")
            case .cosigned(let seconds) where seconds > latestCosignature:
                notes.append(
                    "The witness \(witness.name) dated the checkpoint of \(checkpoint.size) records in the future: its clock was ahead, or this"
                        + " machine's is behind.")
            case .cosigned, .signed, .notSigned: break
            }
        }
        // The stored lines are those of known witnesses, except those that came with a bundle, whose witnesses are not known
        // here.
        for line in note.signatures
        where line.name != origin && !witnesses.contains(where: { $0.name == line.name && $0.keyID == line.keyID }) {
            let what = "the checkpoint of \(checkpoint.size) records bears a line of a witness that is not known, \(line.name)"
            if witnesses.isEmpty { notes.append(what + "; it was not checked") } else { report(what) }
        }
        checkpoints.append(checkpoint)
    }
}

internal import ArgumentParser
internal import EventLog
internal import Foundation

/// Files and keys that an auditor holds apart from the ledger.
enum VerifierArgument {
    /// A verifier key, or a file that holds one.
    static func parse(_ text: String) throws -> NoteVerifier {
        if let verifier = NoteVerifier(text) { return verifier }
        guard let content = try? String(contentsOfFile: text, encoding: .utf8) else {
            throw WrongUse(
                "A verifier is either a verifier key or a file that can be read, and this one is neither; keyledger log key prints such a key."
            )
        }
        guard let verifier = NoteVerifier(content.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            throw WrongUse("\(text) holds no verifier key; keyledger log key prints one.")
        }
        return verifier
    }

    /// A signed note that holds a checkpoint.
    static func checkpoint(file: String) throws -> (note: SignedNote, checkpoint: Checkpoint) {
        guard let content = FileManager.default.contents(atPath: file) else { throw WrongUse("\(file) cannot be read.") }
        guard let note = SignedNote(String(decoding: content, as: UTF8.self)), let checkpoint = Checkpoint(text: note.text) else {
            throw WrongUse("\(file) holds no checkpoint; keyledger log checkpoint prints one.")
        }
        return (note, checkpoint)
    }

    /// Those that are held elsewhere; one whose signature is false says nothing.
    static func checkpoints(files: [String], verifier: NoteVerifier?) throws -> [Checkpoint] {
        try files.map { file in
            let (note, checkpoint) = try checkpoint(file: file)
            if let verifier, verifier.check(note) != .signed {
                throw WrongUse("The checkpoint in \(file) is not signed by \(verifier), so it says nothing of this log.")
            }
            return checkpoint
        }
    }
}

internal import ArgumentParser
internal import EventLog
internal import Foundation
internal import LedgerAudit

/// Parses files and keys that an auditor keeps apart from the ledger.
enum VerifierArgument {
    /// Parses a verifier key, or a file that contains one. Keys of unsupported algorithms are ignored when there is another
    /// one.
    static func parse(_ text: String) throws -> NoteVerifier {
        let (keys, others) = try list(text)
        guard let key = keys.first else { throw unknown(others) }
        guard keys.count == 1 else { throw UsageError("There is more than one verifier key; name one.") }
        return key
    }

    /// Parses a verifier key, or a file with one key a line. Returns the supported keys, and the names of the others.
    static func list(_ text: String) throws -> (keys: [NoteVerifier], others: [String]) {
        if let list = lines(text) { return list }
        guard let content = try? String(contentsOfFile: text, encoding: .utf8) else {
            throw UsageError(
                "A verifier is either a verifier key or a file that can be read, and this one is neither; keyledger log key prints such a key."
            )
        }
        guard let list = lines(content) else { throw UsageError("\(text) holds no verifier key; keyledger log key prints one.") }
        return list
    }

    static func unknown(_ others: [String]) -> UsageError {
        UsageError("This version checks Ed25519 and cosignature/v1 keys only, not: \(others.joined(separator: ", ")).")
    }

    /// Parses lines of verifier keys; `nil` when a line is not a verifier key, or there is none.
    private static func lines(_ text: String) -> (keys: [NoteVerifier], others: [String])? {
        var (keys, others): ([NoteVerifier], [String]) = ([], [])
        for line in text.split(whereSeparator: \.isNewline) {
            let line = line.trimmingCharacters(in: .whitespaces)
            if line.isEmpty { continue }
            if let key = NoteVerifier(line) {
                keys.append(key)
            } else if let (name, algorithm) = NoteVerifier.unknownAlgorithm(line) {
                others.append("\(Terminal.sanitized(name)) (\(algorithm))")
            } else {
                return nil
            }
        }
        return keys.isEmpty && others.isEmpty ? nil : (keys, others)
    }

    /// Reads a signed note with a checkpoint from a file.
    static func checkpoint(file: String) throws -> TrustedCheckpoint {
        guard let content = FileManager.default.contents(atPath: file) else { throw UsageError("\(file) cannot be read.") }
        guard let note = SignedNote(String(decoding: content, as: UTF8.self)), let checkpoint = Checkpoint(text: note.text) else {
            throw UsageError("\(file) holds no checkpoint; keyledger log checkpoint prints one.")
        }
        return TrustedCheckpoint(file: file, note: note, checkpoint: checkpoint)
    }

    /// Reads checkpoints that are kept elsewhere. One with a false signature is an error.
    static func checkpoints(files: [String], verifier: NoteVerifier?) throws -> [Checkpoint] {
        try files.map { file in
            let trusted = try checkpoint(file: file)
            let checkpoint = trusted.checkpoint
            // A checkpoint of another origin may be of the log before its fork, or before its key was changed.
            if let verifier, checkpoint.origin == verifier.name, verifier.check(trusted.note) != .signed {
                throw UsageError("The checkpoint in \(file) is not signed by \(verifier), so it says nothing of this log.")
            }
            return checkpoint
        }
    }
}

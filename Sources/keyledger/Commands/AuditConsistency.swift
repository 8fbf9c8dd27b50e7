internal import ArgumentParser
internal import Bytes
internal import EventLog
internal import KeyEvents
internal import Ledger
internal import LedgerAPI
internal import LedgerAudit

struct AuditConsistency: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "consistency", abstract: "Print a proof that an older log is the beginning of a newer one.",
        discussion: """
            OLD and NEW are sizes, or files with checkpoints. The proof (RFC 6962) is printed as C2SP tlog-witness takes it: the line \
            “old SIZE”, a hash a line, an empty line, and the signed checkpoint of NEW, which there must be; with --json, of any two sizes. \
            Where OLD is a checkpoint that this log does not begin with, the exit code is 1.
            """)

    @OptionGroup var options: DataOptions

    @Argument(help: "A size, or a file with a checkpoint.", completion: .file())
    var old: String

    @Argument(help: "A size, or a file with a checkpoint. Default: the newest checkpoint.", completion: .file())
    var new: String?

    private struct Answer: Encodable {
        enum CodingKeys: String, CodingKey {
            case old, new, oldRoot, newRoot, proof, checkpoint
        }

        let old: Checkpoint
        let new: Checkpoint
        let proof: [String]
        let note: SignedNote?

        func encode(to encoder: any Encoder) throws {
            var fields = NullableKeyedEncoder(encoder, CodingKeys.self)
            try fields.set(.old, old.size)
            try fields.set(.new, new.size)
            try fields.set(.oldRoot, Base64.encode(old.root.bytes))
            try fields.set(.newRoot, Base64.encode(new.root.bytes))
            try fields.set(.proof, proof)
            try fields.set(.checkpoint, note?.description)
        }
    }

    func run() async throws {
        try await options.withLedger { ledger in
            let old = try tree(old, ledger)
            let newest = try ledger.log.newestCheckpoint().flatMap { Checkpoint(text: $0.text) }
            guard let new = try new.map({ try tree($0, ledger) }) ?? newest else {
                throw UsageError("Nothing was signed yet; sign what is there with keyledger log checkpoint --sign, or name a size.")
            }
            guard old.size <= new.size else {
                throw UsageError("The older log, of \(old.size) records, is larger than the newer, of \(new.size).")
            }
            let proof = try ledger.audit.consistencyProof(from: old.size, to: new.size).map { Base64.encode($0.bytes) }
            let note = try ledger.audit.note(of: new)
            if options.json { return try Terminal.writeResult(JSON.string(Answer(old: old, new: new, proof: proof, note: note))) }
            guard let note else {
                throw UsageError("There is no checkpoint of \(new.size) records; --json proves it of the root alone.")
            }
            try Terminal.writeResult(
                (["old \(old.size)"] + proof).joined(separator: "\n") + "\n\n" + note.description.dropLast())
        }
    }

    /// Returns the tree that an argument names, with the root that this log has.
    private func tree(_ argument: String, _ ledger: Ledger) throws -> Checkpoint {
        if let size = UInt64(argument) { return try tree(size: size, ledger) }
        let claimed = try VerifierArgument.checkpoint(file: argument).checkpoint
        let problem: String
        switch try ledger.audit.standing(of: claimed) {
        case .isBeginning: return Checkpoint(origin: ledger.log.origin, size: claimed.size, root: claimed.root)
        case .ofAnotherLog(let current):
            throw UsageError("The checkpoint in \(argument) is of another log, \(claimed.origin); this one is \(current).")
        case .leftBehind(let position):
            problem =
                "the checkpoint in \(argument) is of the part of \(claimed.origin) that was left behind: this log left it at position"
                + " \(position)."
        case .beyondTheEnd:
            problem = "the log does not begin with the \(claimed.size) records of the checkpoint in \(argument): it has fewer."
        case .differs:
            problem = "the log does not begin with the \(claimed.size) records that the checkpoint in \(argument) was signed for."
        }
        Terminal.error("keyledger: " + problem)
        throw ExitCode(ExitStatus.no)
    }

    private func tree(size: UInt64, _ ledger: Ledger) throws -> Checkpoint {
        guard let root = try ledger.audit.root(of: size) else {
            let end = try ledger.log.lastPosition().map { $0 + 1 } ?? 0
            throw UsageError("The log holds \(end) records, fewer than \(size).")
        }
        return Checkpoint(origin: ledger.log.origin, size: size, root: root)
    }
}

internal import ArgumentParser
internal import Bytes
internal import EventLog
internal import KeyEvents
internal import Ledger
internal import LedgerAPI
internal import LedgerAudit

struct LogImport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Make a ledger of a whole bundle, in a folder that holds none: the same records, the same root.",
        discussion: """
            The bundle is verified on the way; where anything in it is wrong, nothing is left of it. The log goes on as it was only where \
            the bundle reaches the newest checkpoint at hand: name it with --checkpoint, or put it into the folder's checkpoints/. \
            Otherwise nobody can know that no key was revoked since, and the log goes on under a new id (see keyledger log fork). No secret is in a bundle: copy \
            vault/ of the ledger that wrote it into the new folder to read names and to sign checkpoints. Keys are validated \
            without it. Ids of commands (Idempotency-Key) are not in it either. Interrupted before it has answered, it is simply run again.
            """)

    @OptionGroup var options: DataOptions

    @Argument(help: "The bundle.", completion: .file())
    var file: String

    @Option(help: "The verifier key of the ledger that wrote it, or a file that holds it. Default: the one in the bundle.")
    var key: String?

    @Option(
        name: .customLong("checkpoint"),
        help: """
            A file with a checkpoint held elsewhere, which the bundle must agree with. Where the bundle ends before it, the log goes on as \
            a new one. May be repeated.
            """,
        completion: .file())
    var checkpoints: [String] = []

    private struct Answer: Encodable {
        let size: UInt64
        let root: String
        let records: UInt64
        let checkpoints: Int
        /// The origin under which the log goes on; absent when it goes on as it was.
        let forkedTo: String?
    }

    func run() async throws {
        let verifier = try key.map { try VerifierArgument.parse($0) }
        let trustedCheckpoints = try VerifierArgument.checkpoints(files: checkpoints, verifier: verifier)
        let folder = try options.folder
        let bar = ProgressBar(unit: "records")
        _ = try await Ledger.importBundle(
            file, to: folder, verifier: verifier, trustedCheckpoints: trustedCheckpoints, progress: { bar.update($0, of: $1) },
            announce: { imported in
                bar.finish()
                // The answer is written before the import counts: when this is interrupted, the import can be repeated.
                do { try Terminal.writeResult(answer(imported, folder)) } catch let lost as OutputError {
                    throw Unavailable(words: "the answer could not be written (\(lost.problem)), so nothing was imported")
                }
            })
    }

    private func answer(_ imported: ImportOutcome, _ folder: DataFolder) throws -> String {
        let outcome = imported.bundle
        let root = Base64.encode(outcome.header.root.bytes)
        guard options.json else {
            return "The ledger in \(folder.path) holds the \(outcome.records) records of the bundle, root \(root)." + forkWords(imported)
        }
        return try JSON.string(
            Answer(
                size: outcome.header.size, root: root, records: outcome.records, checkpoints: outcome.checkpoints.count,
                forkedTo: imported.fork.map { "keyledger/\($0.logID.hex)" }))
    }

    /// Explains what an older copy cannot know; empty when the log goes on as it was.
    private func forkWords(_ imported: ImportOutcome) -> String {
        guard let fork = imported.fork else { return "" }
        let known =
            imported.signedSize.map { "A checkpoint of \($0) records was signed, and the bundle ends before it" }
            ?? "No checkpoint was at hand that shows that it is the newest copy"
        return
            "\n\(known), so the log goes on as a new one, keyledger/\(fork.logID.hex). Keys that were revoked since the bundle was exported are"
            + " not revoked here: look through keyledger keys list"
            + (imported.signedSize == nil ? ", or import again with --checkpoint FILE." : ", or import a newer bundle instead.")
    }
}

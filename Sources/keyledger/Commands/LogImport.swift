internal import ArgumentParser
internal import EventLog
internal import KeyEvents
internal import KeyService
internal import KeyledgerHTTP

struct LogImport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Make a ledger of a whole bundle, in a folder that holds none: the same records, the same root.",
        discussion: """
            The bundle is verified on the way; where anything in it is wrong, nothing is left of it. No secret is in a bundle: copy \
            vault/ of the ledger that wrote it into the new folder to read names and to sign checkpoints. Keys are validated \
            without it. Ids of commands (Idempotency-Key) are not in it either.
            """)

    @OptionGroup var options: DataOptions

    @Argument(help: "The bundle.", completion: .file())
    var file: String

    @Option(help: "The verifier key of the ledger that wrote it, or a file that holds it. Default: the one in the bundle.")
    var key: String?

    @Option(
        name: .customLong("checkpoint"), help: "A file with a checkpoint held elsewhere, which the bundle must extend. May be repeated.",
        completion: .file())
    var checkpoints: [String] = []

    private struct Answer: Encodable {
        let size: UInt64
        let root: String
        let records: UInt64
        let checkpoints: Int
    }

    func run() async throws {
        let verifier = try key.map { try VerifierArgument.parse($0) }
        let held = try VerifierArgument.checkpoints(files: checkpoints, verifier: verifier)
        let folder = try options.folder
        let bar = ProgressBar(unit: "records")
        let outcome = try await Ledger.importBundle(file, to: folder, verifier: verifier, held: held) { bar.update($0, of: $1) }
        bar.finish()
        let root = Base64.encode(outcome.header.root.bytes)
        let words = "The ledger in \(folder.path) holds the \(outcome.records) records of the bundle, root \(root)."
        if options.json {
            try Terminal.answer(
                Document.text(
                    Answer(size: outcome.header.size, root: root, records: outcome.records, checkpoints: outcome.checkpoints.count)),
                ifLost: words)
        } else {
            try Terminal.answer(words, ifLost: words)
        }
    }
}

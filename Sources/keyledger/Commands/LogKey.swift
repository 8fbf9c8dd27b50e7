internal import ArgumentParser
internal import EventLog
internal import KeyService
internal import KeyledgerHTTP

struct LogKey: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "Print the verifier key of the log: it checks the signatures under checkpoints.",
        discussion:
            "In the form of C2SP signed-note (name+id+key), as Go's note package and transparency-log clients take it. Not a secret.")

    @OptionGroup var options: DataOptions

    private struct Answer: Encodable {
        let origin: String
        let verifierKey: String
    }

    func run() async throws {
        try await options.withLedger { ledger in
            guard let verifier = try ledger.logVerifier() else {
                throw Unavailable(words: "the key that signs the log is missing from \(ledger.folder.vault); restore vault/ from a backup")
            }
            try Terminal.answer(
                options.json
                    ? Document.text(Answer(origin: ledger.origin, verifierKey: verifier.description)) : verifier.description)
        }
    }
}

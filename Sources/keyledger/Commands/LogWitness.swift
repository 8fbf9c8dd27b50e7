internal import ArgumentParser
internal import EventLog
internal import KeyService
internal import KeyledgerHTTP

struct LogWitness: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "witness", abstract: "Take cosignatures of this witness from now on; without a key, list the witnesses.",
        discussion: "The key is the witness's verifier key for cosignature/v1 (C2SP tlog-cosignature).")

    @OptionGroup var options: DataOptions

    @Argument(help: "The witness's verifier key, or a file that holds it.")
    var key: String?

    func run() async throws {
        let witness = try key.map { try VerifierArgument.parse($0) }
        if let witness, witness.kind != .cosignatureV1 {
            throw WrongUse("\(witness.name) is a key of another kind; a witness's key for cosignature/v1 is needed.")
        }
        try await options.withLedger { ledger in
            guard let witness else {
                let known = try ledger.checkpoints.witnesses().map(\.description)
                if options.json { return try Terminal.answer(Document.text(known)) }
                for line in known { try Terminal.answer(line) }
                if known.isEmpty { try Terminal.answer("No witnesses. Add one with: keyledger log witness KEY") }
                return
            }
            let isNew = try ledger.addWitness(witness)
            try Terminal.answer(
                options.json
                    ? Document.text(ledger.checkpoints.witnesses().map(\.description))
                    : isNew
                        ? "Cosignatures of \(witness.name) are taken from now on."
                        : "\(witness.name) is known already; nothing was changed.")
        }
    }
}

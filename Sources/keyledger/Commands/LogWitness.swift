internal import ArgumentParser
internal import Bytes
internal import EventLog
internal import Ledger
internal import LedgerAPI
internal import LedgerAudit

struct LogWitness: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "witness", abstract: "Take cosignatures of this witness from now on; without a key, list the witnesses.",
        discussion:
            "The key is the witness's verifier key for cosignature/v1 (C2SP tlog-cosignature). In a file, keys of other algorithms are passed over."
    )

    @OptionGroup var options: DataOptions

    @Argument(help: "The witness's verifier key, or a file with such keys, one a line.")
    var key: String?

    func run() async throws {
        let given = try key.map { try VerifierArgument.list($0) }
        let named = given?.keys ?? []
        if let given, given.keys.isEmpty { throw VerifierArgument.unknown(given.others) }
        if let other = named.first(where: { $0.kind != .cosignatureV1 }) {
            throw UsageError("\(other.name) is a key of another kind; a witness's key for cosignature/v1 is needed.")
        }
        for other in given?.others ?? [] { Terminal.error("keyledger: passed over, since this version cannot check it: \(other)") }
        try await options.withLedger { ledger in
            var words: [String] = []
            for witness in named {
                let isNew = try ledger.audit.addWitness(witness)
                words.append(
                    isNew
                        ? "Cosignatures of \(witness.name) are taken from now on."
                        : "\(witness.name) is known already; nothing was changed.")
            }
            let known = try ledger.log.checkpoints.witnesses().map(\.description)
            if options.json { return try Terminal.writeResult(JSON.string(known)) }
            if given == nil { words = known.isEmpty ? ["No witnesses. Add one with: keyledger log witness KEY"] : known }
            for line in words { try Terminal.writeResult(line) }
        }
    }
}

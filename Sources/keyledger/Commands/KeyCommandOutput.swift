internal import Bytes
internal import KeyEvents
internal import Ledger
internal import LedgerAPI

/// Prints the results of commands on keys.
enum KeyCommandOutput {
    /// Prints the key after a command. `note` is a further sentence for people.
    static func show(
        _ outcome: CommandOutcome, _ options: DataOptions, done: String, already: String, note: String? = nil
    ) throws {
        try show(outcome, KeyDocument(outcome), options, done: done, already: already, note: note)
    }

    static func showShort(_ outcome: CommandOutcome, _ options: DataOptions, done: String, already: String) throws {
        try show(outcome, CommandDocument(outcome), options, done: done, already: already)
    }

    private static func show(
        _ outcome: CommandOutcome, _ document: some Encodable, _ options: DataOptions, done: String, already: String, note: String? = nil
    ) throws {
        let id = outcome.key.state.id
        // What the command did then need not hold any more.
        let words =
            outcome.isRepeat
            ? "This command was carried out before (position \(outcome.position)); nothing was done now. The key's state: keyledger keys show \(id)"
            : "The key \(id) \(outcome.isChange ? "is \(done)" : already) (position \(outcome.position))."
        if options.json {
            if !outcome.isChange { Terminal.error(words) }
            try Terminal.writeResult(JSON.string(document), ifLost: words)
        } else {
            try Terminal.writeResult(words + (note.map { " " + $0 } ?? ""), ifLost: words)
        }
    }
}

internal import Bytes
internal import KeyEvents
internal import Ledger
internal import LedgerAPI

/// Prints the result of commands that make a secret, including the secret, which is shown only this once.
enum IssueAnswer {
    static func show(_ outcome: CommandOutcome, _ secret: Secret?, _ document: KeyDocument, _ options: DataOptions, note: String? = nil)
        throws
    {
        let id = outcome.key.state.id
        let loss =
            "The key is \(id), and its new secret was shown to nobody. Give it another with: keyledger keys rotate \(id) --grace 0; or end it with:"
            + " keyledger keys revoke \(id)"
        if options.json {
            if let message = document.message { Terminal.error("keyledger: " + message) }
            try Terminal.writeResult(JSON.string(document), ifLost: secret == nil ? nil : loss)
        } else if let secret {
            try Terminal.writeResult("The key \(id), shown this once:\n\n    \(secret.reveal())\n", ifLost: loss)
            if let note { try Terminal.writeResult(note) }
        } else if let message = document.message {
            try Terminal.writeResult(message)
        }
    }
}

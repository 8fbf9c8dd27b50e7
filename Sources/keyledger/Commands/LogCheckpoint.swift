internal import ArgumentParser
internal import Bytes
internal import EventLog
internal import KeyEvents
internal import Ledger
internal import LedgerAPI

struct LogCheckpoint: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "checkpoint",
        abstract: "Print the newest signed checkpoint: keep copies elsewhere, they show later whether anything was changed or cut off.",
        discussion: "A C2SP tlog-checkpoint in a signed note, with what witnesses put under it. Check it with the key of: keyledger log key"
    )

    @OptionGroup var options: DataOptions

    @Flag(help: "Sign one now for everything that is durable, unless the newest covers it.")
    var sign = false

    private struct Answer: Encodable {
        enum CodingKeys: String, CodingKey {
            case origin, size, root, note, witnesses
        }

        let checkpoint: Checkpoint
        let note: SignedNote

        func encode(to encoder: any Encoder) throws {
            var fields = NullableKeyedEncoder(encoder, CodingKeys.self)
            try fields.set(.origin, checkpoint.origin)
            try fields.set(.size, checkpoint.size)
            try fields.set(.root, Base64.encode(checkpoint.root.bytes))
            try fields.set(.note, note.description)
            try fields.set(.witnesses, note.signatures.map(\.name).filter { $0 != checkpoint.origin })
        }
    }

    func run() async throws {
        try await options.withLedger { ledger in
            if sign { try ledger.log.signCheckpoint() }
            guard let note = try ledger.log.newestCheckpoint(), let checkpoint = Checkpoint(text: note.text) else {
                throw Unavailable(words: "nothing was signed yet; sign what is there with: keyledger log checkpoint --sign")
            }
            // A note ends with a line break of its own.
            try Terminal.writeResult(
                options.json ? JSON.string(Answer(checkpoint: checkpoint, note: note)) : String(note.description.dropLast()))
        }
    }
}

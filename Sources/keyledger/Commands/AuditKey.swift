internal import ArgumentParser
internal import Bytes
internal import EventLog
internal import KeyEvents
internal import Ledger
internal import LedgerAPI
internal import LedgerAudit
internal import LedgerQueries

struct AuditKey: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "One key's life: every event, each proved to be in the log that was signed.",
        discussion:
            "What was changed, by whom, from where and why. As text, uses that follow each other are one line; with --json, every event with its record and its audit path."
    )

    @OptionGroup var options: DataOptions
    @OptionGroup var key: KeyArgument

    /// An event with its proof.
    private struct ProvedEvent: Encodable {
        enum CodingKeys: String, CodingKey {
            case event, leaf, record, proof
        }

        let event: EventDocument
        let record: ProvedPage.Record

        func encode(to encoder: any Encoder) throws {
            var fields = NullableKeyedEncoder(encoder, CodingKeys.self)
            try fields.set(.event, event)
            try fields.set(.leaf, Base64.encode(record.leaf.bytes))
            try fields.set(.record, Base64.encode(record.bytes))
            try fields.set(.proof, record.path.map { Base64.encode($0.bytes) })
        }
    }

    /// The whole answer as JSON.
    private struct Answer: Encodable {
        enum CodingKeys: String, CodingKey {
            case keyId, size, root, checkpoint, events
        }

        let keyID: KeyID
        let checkpoint: Checkpoint
        let note: SignedNote?

        func encode(to encoder: any Encoder) throws {
            var fields = NullableKeyedEncoder(encoder, CodingKeys.self)
            try fields.set(.keyId, keyID.description)
            try fields.set(.size, checkpoint.size)
            try fields.set(.root, Base64.encode(checkpoint.root.bytes))
            try fields.set(.checkpoint, note?.description)
            // They are written one by one, as they are read.
            try fields.set(.events, [ProvedEvent]())
        }
    }

    func run() async throws {
        let id = try key.keyID
        let isProved = try await options.withLedger { ledger in
            let view = try ledger.keys.decryptedKey(id, for: .localUser)
            let (note, checkpoint) = try ledger.audit.provingCheckpoint { Terminal.error("keyledger: \($0)") }
            let isLost = ledger.log.signingProblem != nil
            defer { ledger.readings.note(.keyHistory, of: [view.state.accountID], by: .localUser) }
            var timeline = TimelineOutput()
            let around = try JSON.around(Answer(keyID: id, checkpoint: checkpoint, note: note))
            if options.json {
                try Terminal.writeResult(around.before)
            } else {
                try Terminal.writeResult(
                    FoldedText.text(["\(id) \(view.name.map(DisplayText.quoted) ?? "(name unreadable)") of \(view.state.accountID)"]))
            }
            var isProved = true
            var unsigned: UInt64 = 0
            try ledger.events.recordedEvents(of: id, from: 0, limit: .max) { recorded in
                let position = recorded.position
                // The checkpoint does not prove events that were recorded after it.
                guard position < checkpoint.size else {
                    unsigned += 1
                    if isLost, !options.json { try timeline.add(recorded) }
                    return
                }
                let record = try ledger.audit.record(position, in: checkpoint.size)
                if !record.isProved(by: checkpoint) {
                    isProved = false
                    Terminal.error("keyledger: the record at position \(position) is not the one that was signed.")
                }
                if options.json {
                    try timeline.add(json: JSON.string(ProvedEvent(event: EventDocument(recorded), record: record)))
                } else {
                    try timeline.add(recorded)
                }
            }
            try timeline.finish()
            if options.json {
                try Terminal.writeResult(around.after)
            } else if isProved {
                let proved = "proved to be in the checkpoint of \(checkpoint.size) records by \(checkpoint.origin)"
                let words =
                    note == nil
                    ? "Nothing was signed, so none of this is proved."
                    : isLost && unsigned > 0
                        ? "Each event before position \(checkpoint.size) is \(proved); the \(unsigned) after it are not: nothing new can be signed."
                        : "Each event is \(proved)."
                try Terminal.writeResult(FoldedText.text([words]))
            }
            return isProved
        }
        if !isProved { throw ExitCode(ExitStatus.unavailable) }
    }
}

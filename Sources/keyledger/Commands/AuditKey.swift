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
        let leaf: Digest32
        let record: [UInt8]
        let proof: [Digest32]

        func encode(to encoder: any Encoder) throws {
            var fields = JSONFields(encoder, CodingKeys.self)
            try fields.set(.event, event)
            try fields.set(.leaf, Base64.encode(leaf.bytes))
            try fields.set(.record, Base64.encode(record))
            try fields.set(.proof, proof.map { Base64.encode($0.bytes) })
        }
    }

    func run() async throws {
        let id = try key.keyID
        let isProved = try await options.withLedger { ledger in
            let view = try ledger.keys.keyView(id, for: .localUser)
            let (note, checkpoint) = try provingCheckpoint(ledger)
            let isLost = ledger.log.signingProblem != nil
            defer { ledger.readings.note(.keyHistory, of: [view.state.accountID], by: .localUser) }
            var timeline = KeyTimeline()
            if options.json {
                try Terminal.answer(
                    "{\"keyId\":\"\(id)\",\"size\":\(checkpoint.size),\"root\":\"\(Base64.encode(checkpoint.root.bytes))\","
                        + "\"checkpoint\":\(note.map { try Document.text($0.description) } ?? "null"),\"events\":[")
            } else {
                try Terminal.answer(
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
                let (record, proof) = try ledger.audit.inclusion(of: position, in: checkpoint.size)
                let leaf = MerkleHash.leaf(record.span)
                if MerkleProof.root(of: leaf, at: position, size: checkpoint.size, path: proof) != checkpoint.root {
                    isProved = false
                    Terminal.error("keyledger: the record at position \(position) is not the one that was signed.")
                }
                if options.json {
                    let document = EventDocument(recorded)
                    try timeline.add(json: Document.text(ProvedEvent(event: document, leaf: leaf, record: record, proof: proof)))
                } else {
                    try timeline.add(recorded)
                }
            }
            try timeline.finish()
            if options.json {
                try Terminal.answer("]}")
            } else if isProved {
                let proved = "proved to be in the checkpoint of \(checkpoint.size) records by \(checkpoint.origin)"
                let words =
                    note == nil
                    ? "Nothing was signed, so none of this is proved."
                    : isLost && unsigned > 0
                        ? "Each event before position \(checkpoint.size) is \(proved); the \(unsigned) after it are not: nothing new can be signed."
                        : "Each event is \(proved)."
                try Terminal.answer(FoldedText.text([words]))
            }
            return isProved
        }
        if !isProved { throw ExitCode(Outcome.unavailable) }
    }

    /// Returns a checkpoint that covers all records; when none can be signed because the key is missing or another one, the
    /// newest that exists.
    private func provingCheckpoint(_ ledger: Ledger) throws -> (note: SignedNote?, checkpoint: Checkpoint) {
        do { return try ledger.coveringCheckpoint(ledger.log.lastPosition() ?? 0) } catch let error as LedgerError {
            switch error {
            case .signingKeyMissing, .signingKeyDiffers: Terminal.error("keyledger: \(error)")
            default: throw error
            }
        }
        guard let newest = try ledger.newestRightCheckpoint() else {
            return (nil, Checkpoint(origin: ledger.log.origin, size: 0, root: MerkleHash.empty))
        }
        return newest
    }
}

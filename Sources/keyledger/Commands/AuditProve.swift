internal import ArgumentParser
internal import Bytes
internal import EventLog
internal import KeyEvents
internal import Ledger
internal import LedgerAPI
internal import LedgerAudit

struct AuditProve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prove", abstract: "Print a proof that the record at a position is in the log that was signed.",
        discussion: """
            A C2SP tlog-proof: the record's index, its audit path (RFC 6962), and a signed checkpoint that covers it. The record \
            itself: keyledger log export --format bundle --from POSITION --to POSITION+1, or --json here.
            """)

    @OptionGroup var options: DataOptions

    @Argument(help: "The position.")
    var position: UInt64

    private struct Answer: Encodable {
        let position: UInt64
        let size: UInt64
        let root: String
        let leaf: String
        let record: String
        let proof: [String]
        let checkpoint: String
    }

    func run() async throws {
        try await options.withLedger { ledger in
            let (note, checkpoint) = try ledger.audit.coveringCheckpoint(position)
            let record = try ledger.audit.record(position, in: checkpoint.size)
            guard record.isProved(by: checkpoint) else {
                throw LogError.damaged(position: position, what: "the record is not the one that was signed")
            }
            let hashes = record.path.map { Base64.encode($0.bytes) }
            guard options.json else {
                let head = ["c2sp.org/tlog-proof@v1", "index \(position)"] + hashes
                return try Terminal.writeResult(head.joined(separator: "\n") + "\n\n" + note.description.dropLast())
            }
            if let event = try ledger.log.reader.event(at: position) {
                ledger.readings.note(.records, of: [event.accountID], by: .localUser)
            }
            try Terminal.writeResult(
                JSON.string(
                    Answer(
                        position: position, size: checkpoint.size, root: Base64.encode(checkpoint.root.bytes),
                        leaf: Base64.encode(record.leaf.bytes), record: Base64.encode(record.bytes), proof: hashes,
                        checkpoint: note.description)))
        }
    }
}

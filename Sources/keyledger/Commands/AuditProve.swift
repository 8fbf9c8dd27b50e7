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
            let (note, checkpoint) = try ledger.coveringCheckpoint(position)
            let (record, proof) = try ledger.audit.inclusion(of: position, in: checkpoint.size)
            guard MerkleProof.root(of: MerkleHash.leaf(record.span), at: position, size: checkpoint.size, path: proof) == checkpoint.root
            else {
                throw LogError.damaged(position: position, what: "the record is not the one that was signed")
            }
            let hashes = proof.map { Base64.encode($0.bytes) }
            guard options.json else {
                let head = ["c2sp.org/tlog-proof@v1", "index \(position)"] + hashes
                return try Terminal.answer(head.joined(separator: "\n") + "\n\n" + note.description.dropLast())
            }
            if let event = try ledger.log.reader.event(at: position) {
                ledger.readings.note(.records, of: [event.accountID], by: .localUser)
            }
            try Terminal.answer(
                Document.text(
                    Answer(
                        position: position, size: checkpoint.size, root: Base64.encode(checkpoint.root.bytes),
                        leaf: Base64.encode(MerkleHash.leaf(record.span).bytes), record: Base64.encode(record), proof: hashes,
                        checkpoint: note.description)))
        }
    }
}

extension Ledger {
    /// Returns the newest checkpoint, if it covers the record at a position; otherwise one that is signed now.
    func coveringCheckpoint(_ position: UInt64) throws -> (note: SignedNote, checkpoint: Checkpoint) {
        guard let last = try log.lastPosition(), position <= last else {
            let end = try log.lastPosition().map { "its last position is \($0)" } ?? "it is empty"
            throw WrongUse("There is no record at position \(position): the log does not reach so far, \(end).")
        }
        if let newest = try newestRightCheckpoint(), position < newest.checkpoint.size { return newest }
        let note = try log.signCheckpoint()
        guard let checkpoint = Checkpoint(text: note.text) else {
            throw LogError.damaged(position: nil, what: "the checkpoint cannot be read")
        }
        return (note, checkpoint)
    }
    /// Returns the newest checkpoint after checking its signature; `nil` when nothing was signed yet.
    func newestRightCheckpoint() throws -> (note: SignedNote, checkpoint: Checkpoint)? {
        guard let note = try log.newestCheckpoint(), let checkpoint = Checkpoint(text: note.text) else { return nil }
        let (succession, current) = try log.identity()
        let origin = succession.origin(ofSize: checkpoint.size, current: current)
        let verifier = succession.verifiers(current: try log.knownVerifier())[origin]
        guard checkpoint.origin == "\(origin)", verifier.map({ $0.check(note) == .signed }) ?? true else {
            throw LogError.damaged(position: nil, what: "the newest checkpoint is not signed by this ledger's key")
        }
        return (note, checkpoint)
    }
}

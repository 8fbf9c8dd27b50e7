internal import ArgumentParser
internal import Bytes
internal import KeyEvents
internal import Ledger
internal import LedgerAPI
internal import LedgerAudit

struct LogFork: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fork", abstract: "Go on with a restored copy of the log, as a new log with an id of its own.",
        discussion: """
            For an operator whose newest log is lost. A copy that ends before the newest checkpoint validates nothing until it is forked. \
            The first record after the fork names the checkpoint that was left; checkpoints are signed under a new origin from then on. \
            With --newer, what had ended by a newer copy of the log (a whole bundle) ends here too. What is in neither copy cannot be \
            known: a key that was revoked in the records that are lost is let in again. Start services that have the ledger open again \
            afterwards.
            """)

    @OptionGroup var options: DataOptions

    @Option(help: "A whole bundle of the same log, exported later than this copy was made.", completion: .file())
    var newer: String?

    @Option(help: "The verifier key of the log, or a file that holds it, to check --newer with. Default: the one in the bundle.")
    var key: String?

    @Flag(help: "Yes, this copy goes on.")
    var yes = false

    private struct Answer: Encodable {
        let leftOrigin: String
        let origin: String
        let records: UInt64
        let signedRecords: UInt64?
        let lostRecords: UInt64
        let restrictedKeys: [String]
        let unknownKeys: Int
    }

    func run() async throws {
        let verifier = try key.map { try VerifierArgument.parse($0) }
        guard yes else {
            throw UsageError(
                "A fork cannot be undone, and keys that were revoked in records which this copy lacks are let in again. If the newest copy of"
                    + " the log is lost for good, say --yes; name a newer bundle with --newer where there is one.")
        }
        try await options.withLedger { ledger in
            let report = try await ledger.bundles.fork(newer: newer, verifier: verifier, by: .localUser)
            let words = words(report)
            if options.json {
                try Terminal.writeResult(
                    JSON.string(
                        Answer(
                            leftOrigin: report.leftOrigin, origin: report.origin, records: report.size, signedRecords: report.signedSize,
                            lostRecords: report.lostRecords, restrictedKeys: report.restricted.map(\.description),
                            unknownKeys: report.unknownKeys)), ifLost: words)
            } else {
                try Terminal.writeResult(words, ifLost: words)
            }
        }
    }

    private func words(_ report: ForkReport) -> String {
        var lines = ["The log \(report.leftOrigin) goes on as \(report.origin), after \(report.size) records."]
        if let newer = report.newerSize {
            lines.append("What the newer copy of \(newer) records knows to have ended was applied: \(report.restricted.count) keys.")
            if report.unknownKeys > 0 {
                lines.append(
                    "\(report.unknownKeys) keys of the newer copy are not in this one: whoever holds them is refused, and needs new ones.")
            }
        }
        if report.lostRecords > 0 {
            lines.append(
                "\(report.lostRecords) records that were signed are lost. Keys that were revoked, restricted or made in them are as they were before:"
                    + " look through keyledger keys list, and revoke what you are not sure of.")
        } else if report.newerSize == nil {
            lines.append(
                "Whether keys were revoked since this copy was made cannot be known: look through keyledger keys list, and revoke what you are not"
                    + " sure of.")
        }
        lines.append("Start services that have the ledger open again. Give auditors the new key: keyledger log key")
        return lines.joined(separator: "\n")
    }
}

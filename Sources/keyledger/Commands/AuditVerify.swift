internal import ArgumentParser
internal import Bytes
internal import EventLog
internal import KeyEvents
internal import Ledger
internal import LedgerAPI
internal import LedgerAudit

struct AuditVerify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Recompute everything that can be recomputed: records, order, tree, checkpoints.",
        discussion: """
            Reads the log of a data folder in a process of its own, since a damaged page can crash its reader, while everything else \
            goes on; or a bundle of keyledger log export, which needs no ledger. What an auditor holds apart from the ledger makes \
            the answer independent of it: --key, the verifier key, and --checkpoint, checkpoints that were fetched earlier.

            Exit code 0: verified; 3: not, or unavailable. The first bad position is named.
            """)

    @OptionGroup var options: DataOptions

    @Option(help: "Verify this bundle instead of a data folder.", completion: .file())
    var bundle: String?

    @Option(help: "The verifier key, or a file that holds it. Default: the key in vault/, or the one in the bundle.")
    var key: String?

    @Option(
        name: .customLong("checkpoint"), help: "A file with a checkpoint held elsewhere, which the log must extend. May be repeated.",
        completion: .file())
    var checkpoints: [String] = []

    @Flag(help: "Also compare state and views with a rebuild.")
    var views = false

    func run() async throws {
        let verifier = try key.map { try VerifierArgument.parse($0) }
        let report =
            if let bundle { try verify(bundle: bundle, verifier) } else { try await verifyFolder(verifier) }
        try report.show(isJSON: options.json)
        if !report.isSound { throw ExitCode(Outcome.unavailable) }
    }

    private func verify(bundle: String, _ verifier: NoteVerifier?) throws -> AuditReport {
        if views { throw WrongUse("A bundle holds no views; --views goes with a data folder.") }
        let held = try checkpoints.map { ($0, try VerifierArgument.checkpoint(file: $0)) }
        var report = AuditReport(subject: "The bundle")
        do {
            let outcome = try BundleCheck(verifier: verifier, held: held.map(\.1.checkpoint)).run(file: bundle)
            (report.size, report.covered) = (outcome.header.size, outcome.header.size)
            report.records = outcome.records
            report.checkpoints = outcome.checkpoints.count
            report.root = outcome.findings.isEmpty ? Base64.encode(outcome.header.root.bytes) : nil
            report.damaged = outcome.findings.map { .init(position: $0.position, what: $0.what) }
            for (file, (note, checkpoint)) in held {
                guard let key = LogOrigin(checkpoint.origin).flatMap({ outcome.verifiers[$0] }) else { continue }
                let finding = key.check(note)
                // A forked log continues with the same key, unless that was lost.
                if finding == .forged || (finding != .signed && checkpoint.origin == outcome.header.origin) {
                    report.damaged.append(.init(position: nil, what: "the checkpoint in \(file) is not signed by \(key)"))
                }
            }
            report.notes += outcome.notes
            if verifier == nil {
                report.notes.append(
                    "The signatures were held against the key that the bundle itself names; with --key, against one got from the ledger"
                        + " earlier.")
            }
            if outcome.header.kind == .part {
                report.notes.append("The bundle is a part: it shows that its records are in the log, not that none is left out.")
            }
        } catch let error as BundleFileMissing {
            throw WrongUse(error.description)
        } catch let error as BundleError {
            report.damaged.append(.init(position: nil, what: error.description))
        }
        return report
    }

    private func verifyFolder(_ verifier: NoteVerifier?) async throws -> AuditReport {
        // Errors in these files are reported before the work, not after it.
        for file in checkpoints { _ = try VerifierArgument.checkpoint(file: file) }
        let examination = Examination(folder: try options.folder)
        let held = (key.map { ["--key", $0] } ?? []) + checkpoints.flatMap { ["--checkpoint", $0] }
        let log = try await examination.examineLog(arguments: held)
        if let reason = log.unavailable { throw Unavailable(words: reason) }
        var report = AuditReport(subject: "The log")
        report.add(log)
        if views {
            let derived = try await examination.run(.derived, preciseFrom: nil)
            if let reason = derived.unavailable { throw Unavailable(words: reason) }
            report.add(derived)
        }
        return report
    }
}

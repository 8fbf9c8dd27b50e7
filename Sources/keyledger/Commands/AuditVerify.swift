internal import ArgumentParser
internal import EventLog
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
        if !report.isSound { throw ExitCode(ExitStatus.unavailable) }
    }

    private func verify(bundle: String, _ verifier: NoteVerifier?) throws -> AuditReport {
        if views { throw UsageError("A bundle holds no views; --views goes with a data folder.") }
        let trusted = try checkpoints.map { try VerifierArgument.checkpoint(file: $0) }
        return try BundleExamination(verifier: verifier, trusted: trusted).run(file: bundle)
    }

    private func verifyFolder(_ verifier: NoteVerifier?) async throws -> AuditReport {
        // Errors in these files are reported before the work, not after it.
        for file in checkpoints { _ = try VerifierArgument.checkpoint(file: file) }
        let examination = ChildProcessCheck(folder: try options.folder)
        let trustedCheckpoints = (key.map { ["--key", $0] } ?? []) + checkpoints.flatMap { ["--checkpoint", $0] }
        let log = try await examination.examineLog(arguments: trustedCheckpoints)
        if let reason = log.unavailable { throw Unavailable(words: reason) }
        var report = AuditReport(of: .log)
        report.add(log)
        if views {
            let derived = try await examination.run(.derived, preciseFrom: nil)
            if let reason = derived.unavailable { throw Unavailable(words: reason) }
            report.add(derived)
        }
        return report
    }
}

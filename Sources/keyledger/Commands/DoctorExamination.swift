internal import ArgumentParser
internal import Bytes
internal import Ledger
internal import LedgerAudit

/// The child process of `doctor` and of `audit verify` that does the reading, and may crash.
struct DoctorExamination: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "doctor-examination", shouldDisplay: false)

    @OptionGroup var options: DataOptions

    @Option var part: String

    @Option var preciseFrom: UInt64?

    /// The key that an auditor keeps apart from the ledger; see `AuditVerify`.
    @Option var key: String?
    @Option(name: .customLong("checkpoint")) var checkpoints: [String] = []

    func run() async throws {
        do {
            switch ChildProcessCheck.Part(rawValue: part) {
            case .log: try await examineLog()
            case .derived: try await options.withLedger(Ledger.Options()) { try await DerivedExamination($0).run(Self.say) }
            case nil: throw UsageError("There is no part \(part).")
            }
        } catch {
            ExaminationMessage.failure(error, words: ErrorReport.words(for: error) ?? "\(error)").forEach(Self.say)
        }
    }

    private func examineLog() async throws {
        let verifier = try key.map { try VerifierArgument.parse($0) }
        let trusted = try checkpoints.map { try VerifierArgument.checkpoint(file: $0) }
        let ledgerOptions = Ledger.Options(report: { Self.say(.note(ExaminationNote($0, level: .warning))) })
        try await options.withLedger(ledgerOptions) { ledger in
            try LogExamination(ledger, verifier: verifier, trusted: trusted, preciseFrom: preciseFrom).run(Self.say)
        }
    }

    /// Writes a message as one line, for the process that began this one.
    @Sendable private static func say(_ message: ExaminationMessage) {
        guard let text = try? JSON.string(message) else { return }
        // The process that reads notices when something is missing at the end.
        try? Terminal.writeResult(text)
    }
}

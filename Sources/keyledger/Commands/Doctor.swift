internal import ArgumentParser
internal import Bytes
internal import Ledger
internal import LedgerAPI
internal import LedgerAudit

struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Examine the data folder: every record, the tree, checkpoints, state, views, and what surrounds them.",
        discussion: """
            Reads everything, in processes of their own, since a damaged page can crash its reader. Records nothing and mends \
            nothing, but opens the ledger as every command does: it takes room for the log's file in advance, brings views/ up to \
            date, makes views/ and vault/ anew where they are missing, finishes an erasure that was interrupted, and writes a scratch folder in views/. To leave a folder \
            untouched, or where it cannot be written, copy the folder first (cp -a) while nothing has it open, and examine the copy. On a \
            full disk it writes nothing, examines what it can without, and says what it could not.

            Exit code 0: sound; 3: damaged or unavailable, or not all could be examined.
            """)

    @OptionGroup var options: DataOptions

    private struct Answer: Encodable {
        enum CodingKeys: String, CodingKey {
            case ok, position, unavailable, damaged, notes
        }

        let report: ExaminationReport
        var position: UInt64?
        /// The reason why nothing can be said about the data; `nil` when the data was examined.
        var unavailable: String?

        func encode(to encoder: any Encoder) throws {
            var fields = NullableKeyedEncoder(encoder, CodingKeys.self)
            try fields.set(.ok, report.isSound && unavailable == nil)
            try fields.set(.position, position)
            try fields.set(.unavailable, unavailable)
            try fields.set(.damaged, report.damaged.map(FindingDocument.init))
            try fields.set(.notes, report.notes)
        }
    }

    func run() async throws {
        let folder = try options.folder
        var report = ExaminationReport()
        report.addMissingFolders(of: folder)
        let examination = ChildProcessCheck(folder: folder)
        // Everything that opens the files runs in a child process.
        let log = try await examination.examineLog()
        if let reason = log.unavailable { throw try unavailable(reason) }
        report.add(log, crash: "a page that holds this record, or leads to it, is damaged")
        let derived = try await examination.run(.derived, preciseFrom: nil)
        if derived.unavailable == nil {
            report.add(
                derived,
                crash: "a page of the state or of the views is damaged; if the log is sound, remove views/ and run keyledger replay")
        }
        try show(report, log.lastPosition, notExamined: derived.unavailable)
        if !report.isSound || derived.unavailable != nil { throw ExitCode(ExitStatus.unavailable) }
    }

    /// Reports that the log could not be read, so that nothing can be said about the data.
    private func unavailable(_ reason: String) throws -> ExitCode {
        if options.json { try Terminal.writeResult(JSON.string(Answer(report: ExaminationReport(), unavailable: reason))) }
        Terminal.error("keyledger: " + reason)
        return ExitCode(ExitStatus.unavailable)
    }

    /// Shows the report. `notExamined` is the reason why state and views could not be compared with the log; `nil` when they
    /// were.
    private func show(_ report: ExaminationReport, _ position: UInt64?, notExamined: String?) throws {
        let reason = notExamined.map { "The log was examined. State, views and vault were not: \($0)" }
        if options.json {
            try Terminal.writeResult(JSON.string(Answer(report: report, position: position, unavailable: reason)))
            return
        }
        for note in report.notes { try Terminal.writeResult("\(note.level == .warning ? "!" : "·") \(note.text)") }
        for damage in report.damaged.prefix(50) {
            try Terminal.writeResult("✗ " + (damage.position.map { "position \($0): " } ?? "") + damage.what)
        }
        if report.damaged.count > 50 { try Terminal.writeResult("✗ and \(report.damaged.count - 50) more") }
        if let reason {
            try Terminal.writeResult("? " + reason)
            if report.isSound { return }
        }
        try Terminal.writeResult(
            report.isSound
                ? report.hasWarnings ? "Sound, but for what is marked with !" : "Sound."
                : "Damaged. Stop the service, keep a copy of the folder, and restore what is damaged from a backup.")
    }
}

internal import ArgumentParser
internal import Foundation
internal import Ledger
internal import LedgerAPI

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

        let report: DoctorReport
        var position: UInt64?
        /// The reason why nothing can be said about the data; `nil` when the data was examined.
        var unavailable: String?

        func encode(to encoder: any Encoder) throws {
            var fields = JSONFields(encoder, CodingKeys.self)
            try fields.set(.ok, report.isSound && unavailable == nil)
            try fields.set(.position, position)
            try fields.set(.unavailable, unavailable)
            try fields.set(.damaged, report.damaged)
            try fields.set(.notes, report.notes)
        }
    }

    func run() async throws {
        let folder = try options.folder
        var report = DoctorReport()
        report.examineFolder(folder)
        let examination = Examination(folder: folder)
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
        if !report.isSound || derived.unavailable != nil { throw ExitCode(Outcome.unavailable) }
    }

    /// Reports that the log could not be read, so that nothing can be said about the data.
    private func unavailable(_ reason: String) throws -> ExitCode {
        if options.json { try Terminal.answer(Document.text(Answer(report: DoctorReport(), unavailable: reason))) }
        Terminal.error("keyledger: " + reason)
        return ExitCode(Outcome.unavailable)
    }

    /// Shows the report. `notExamined` is the reason why state and views could not be compared with the log; `nil` when they
    /// were.
    private func show(_ report: DoctorReport, _ position: UInt64?, notExamined: String?) throws {
        let reason = notExamined.map { "The log was examined. State, views and vault were not: \($0)" }
        if options.json {
            try Terminal.answer(Document.text(Answer(report: report, position: position, unavailable: reason)))
            return
        }
        for note in report.notes { try Terminal.answer("\(note.level == "warning" ? "!" : "·") \(note.text)") }
        for damage in report.damaged.prefix(50) {
            try Terminal.answer("✗ " + (damage.position.map { "position \($0): " } ?? "") + damage.what)
        }
        if report.damaged.count > 50 { try Terminal.answer("✗ and \(report.damaged.count - 50) more") }
        if let reason {
            try Terminal.answer("? " + reason)
            if report.isSound { return }
        }
        try Terminal.answer(
            report.isSound
                ? report.hasWarnings ? "Sound, but for what is marked with !" : "Sound."
                : "Damaged. Stop the service, keep a copy of the folder, and restore what is damaged from a backup.")
    }
}

/// What `doctor` has found so far.
struct DoctorReport {
    struct Damage: Codable, Equatable {
        let position: UInt64?
        let what: String

        func encode(to encoder: any Encoder) throws {
            var fields = JSONFields(encoder, CodingKeys.self)
            try fields.set(.position, position)
            try fields.set(.what, what)
        }
    }

    struct Note: Codable {
        /// The level of the note: `fine` or `warning`.
        let level: String
        let text: String
    }

    private(set) var damaged: [Damage] = []
    private(set) var notes: [Note] = []

    var isSound: Bool { damaged.isEmpty }
    var hasWarnings: Bool { notes.contains { $0.level == "warning" } }

    mutating func add(_ result: Examination.Result, crash: String) {
        notes += result.notes
        for damage in result.damaged where !damaged.contains(damage) { damaged.append(damage) }
        if !result.isComplete, result.damaged.isEmpty || result.isCrash {
            damaged.append(Damage(position: result.lastSeen, what: result.lastSeen == nil ? "reading failed: " + crash : crash))
        }
    }

    /// Notes missing folders. The permissions of the others are checked when the ledger is opened.
    mutating func examineFolder(_ folder: DataFolder) {
        for path in [folder.vault, folder.ledger] where !FileManager.default.fileExists(atPath: path) {
            notes.append(Note(level: "warning", text: "\(path) is missing."))
        }
    }
}

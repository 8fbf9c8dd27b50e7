internal import ArgumentParser
internal import Foundation
internal import KeyService
internal import KeyledgerHTTP

struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Examine the data folder: every record, the tree, state, views, and what surrounds them.",
        discussion: """
            Reads everything, in processes of their own, since a damaged page can crash its reader. Changes nothing. \
            Exit code 0: sound; 3: damaged or unavailable.
            """)

    @OptionGroup var options: DataOptions

    private struct Answer: Encodable {
        let ok: Bool
        let position: UInt64?
        let damaged: [DoctorReport.Damage]
        let notes: [DoctorReport.Note]
    }

    func run() async throws {
        let folder = try options.folder
        guard folder.holdsLedger else { throw LedgerError.noLedger(path: folder.path) }
        var report = DoctorReport()
        report.examineFolder(folder)
        let examination = Examination(folder: folder)
        // Everything that opens the files does so in a child.
        var log = try examination.run(.log, preciseFrom: nil)
        if !log.isComplete, let last = log.lastSeen {
            // Crashed somewhere in the thousand records after the last word: go there again, record by record.
            log = try examination.run(.log, preciseFrom: last)
        }
        report.add(log, crash: "a page that holds this record, or leads to it, is damaged")
        let derived = try examination.run(.derived, preciseFrom: nil)
        report.add(
            derived,
            crash: "a page of the state or of the views is damaged; if the log is sound, remove views/ and run keyledger replay")
        try show(report, log.lastPosition)
        if !report.isSound { throw ExitCode(Outcome.unavailable) }
    }

    private func show(_ report: DoctorReport, _ position: UInt64?) throws {
        if options.json {
            Terminal.line(
                try Document.text(Answer(ok: report.isSound, position: position, damaged: report.damaged, notes: report.notes)))
            return
        }
        for note in report.notes { Terminal.line("\(note.level == "warning" ? "!" : "·") \(note.text)") }
        for damage in report.damaged.prefix(50) {
            Terminal.line("✗ " + (damage.position.map { "position \($0): " } ?? "") + damage.what)
        }
        if report.damaged.count > 50 { Terminal.line("✗ and \(report.damaged.count - 50) more") }
        Terminal.line(
            report.isSound
                ? "Sound." : "Damaged. Stop the service, keep a copy of the folder, and restore the log from a backup or an export.")
    }
}

/// What doctor has found so far.
struct DoctorReport {
    struct Damage: Codable, Equatable {
        let position: UInt64?
        let what: String
    }

    struct Note: Codable {
        /// `fine` or `warning`.
        let level: String
        let text: String
    }

    private(set) var damaged: [Damage] = []
    private(set) var notes: [Note] = []

    var isSound: Bool { damaged.isEmpty }

    mutating func add(_ result: Examination.Result, crash: String) {
        notes += result.notes
        for damage in result.damaged where !damaged.contains(damage) { damaged.append(damage) }
        if !result.isComplete, result.damaged.isEmpty || result.isCrash {
            damaged.append(Damage(position: result.lastSeen, what: result.lastSeen == nil ? "reading failed: " + crash : crash))
        }
    }

    /// Who may read what.
    mutating func examineFolder(_ folder: DataFolder) {
        for path in [folder.vault, folder.ledger] {
            let attributes = try? FileManager.default.attributesOfItem(atPath: path)
            guard let mode = (attributes?[.posixPermissions] as? NSNumber)?.intValue else {
                notes.append(Note(level: "warning", text: "\(path) is missing."))
                continue
            }
            if mode & 0o077 != 0 {
                notes.append(Note(level: "warning", text: "\(path) can be read by others (mode \(String(mode, radix: 8))); set it to 700."))
            }
        }
    }
}

/// The result of verifying a log or a bundle.
package struct AuditReport: Sendable {
    /// What was verified.
    package enum Subject: Sendable { case log, bundle }

    package let subject: Subject
    /// One more than the last position; `nil` where that is not known.
    package internal(set) var size: UInt64?
    /// The root of the tree in base64, as in a checkpoint; `nil` where it could not be recomputed.
    package internal(set) var root: String?
    package internal(set) var records: UInt64?
    /// The number of checkpoints that the log matches.
    package internal(set) var checkpoints: Int?
    /// The number of records that the largest of them covers.
    package internal(set) var covered: UInt64?
    package internal(set) var damaged: [Finding] = []
    /// What is not wrong and should be known, in sentences.
    package internal(set) var notes: [String] = []

    package init(of subject: Subject) { self.subject = subject }

    package var isSound: Bool { damaged.isEmpty }

    /// Adds the result of an examination.
    package mutating func add(_ result: ExaminationResult) {
        if let totals = result.totals {
            (size, root, records, checkpoints) = (totals.size, totals.root, totals.records, totals.checkpoints)
            covered = totals.covered
        }
        var report = ExaminationReport()
        report.add(result, crash: "a page that leads to this record, or to what was read with it, is damaged")
        for finding in report.damaged where !damaged.contains(finding) { damaged.append(finding) }
        damaged.sort { ($0.position ?? .max) < ($1.position ?? .max) }
        notes += result.notes.filter { $0.level == .warning }.map(\.text)
    }
}

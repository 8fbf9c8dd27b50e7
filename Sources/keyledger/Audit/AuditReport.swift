internal import LedgerAPI

/// The result of `audit verify`.
struct AuditReport: Encodable {
    enum CodingKeys: String, CodingKey {
        case size, root, records, checkpoints, damaged
    }

    /// What was verified, as the beginning of a sentence.
    let subject: String
    var size: UInt64?
    /// The root of the tree in base64, as in a checkpoint; `nil` when it could not be recomputed.
    var root: String?
    var records: UInt64?
    /// The number of checkpoints that the log matches.
    var checkpoints: Int?
    /// The number of records that the largest of them covers.
    var covered: UInt64?
    var damaged: [DoctorReport.Damage] = []
    var notes: [String] = []

    init(subject: String) { self.subject = subject }

    var isSound: Bool { damaged.isEmpty }

    mutating func add(_ result: Examination.Result) {
        if let scan = result.scan {
            (size, root, records, checkpoints, covered) = (scan.size, scan.root, scan.records, scan.checkpoints, scan.covered)
        }
        var report = DoctorReport()
        report.add(result, crash: "a page that leads to this record, or to what was read with it, is damaged")
        for damage in report.damaged where !damaged.contains(damage) { damaged.append(damage) }
        damaged.sort { ($0.position ?? .max) < ($1.position ?? .max) }
        notes += result.notes.filter { $0.level == "warning" }.map(\.text)
    }

    func encode(to encoder: any Encoder) throws {
        var fields = JSONFields(encoder, CodingKeys.self)
        try fields.set(.size, size)
        try fields.set(.root, root)
        try fields.set(.records, records)
        try fields.set(.checkpoints, checkpoints)
        try fields.set(.damaged, damaged)
    }

    private var sentence: String {
        let all = "\(records ?? 0) records, root \(root ?? "-")"
        guard let checkpoints, checkpoints > 0 else {
            return "\(subject) agrees with itself: \(all). Nothing shows that it is what was signed: there is no checkpoint."
        }
        let newest = (size ?? 0) > (covered ?? 0) ? " The records from \(covered ?? 0) on came after the last one." : ""
        return "\(subject) is what was signed: \(all). Checkpoints held against it: \(checkpoints)." + newest
    }

    func show(isJSON: Bool) throws {
        if isJSON { return try Terminal.answer(Document.text(self)) }
        for note in notes { try Terminal.answer("! " + Terminal.harmless(note)) }
        for damage in damaged.prefix(50) {
            try Terminal.answer("✗ " + (damage.position.map { "position \($0): " } ?? "") + Terminal.harmless(damage.what))
        }
        if damaged.count > 50 { try Terminal.answer("✗ and \(damaged.count - 50) more") }
        if isSound {
            try Terminal.answer(sentence)
        } else {
            try Terminal.answer("\(subject) does not verify.")
        }
    }
}

/// The error that nothing can be said about the data: what cannot be read now may be sound.
struct Unavailable: Error {
    let words: String
}

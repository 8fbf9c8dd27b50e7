internal import Bytes
internal import LedgerAPI
internal import LedgerAudit

/// The result of `audit verify` in JSON.
private struct AuditReportDocument: Encodable {
    enum CodingKeys: String, CodingKey {
        case size, root, records, checkpoints, damaged
    }

    let report: AuditReport

    func encode(to encoder: any Encoder) throws {
        var fields = NullableKeyedEncoder(encoder, CodingKeys.self)
        try fields.set(.size, report.size)
        try fields.set(.root, report.root)
        try fields.set(.records, report.records)
        try fields.set(.checkpoints, report.checkpoints)
        try fields.set(.damaged, report.damaged.map(FindingDocument.init))
    }
}

extension AuditReport {
    func show(isJSON: Bool) throws {
        if isJSON { return try Terminal.writeResult(JSON.string(AuditReportDocument(report: self))) }
        for note in notes { try Terminal.writeResult("! " + Terminal.sanitized(note)) }
        for damage in damaged.prefix(50) {
            try Terminal.writeResult("✗ " + (damage.position.map { "position \($0): " } ?? "") + Terminal.sanitized(damage.what))
        }
        if damaged.count > 50 { try Terminal.writeResult("✗ and \(damaged.count - 50) more") }
        try Terminal.writeResult(isSound ? sentence : "\(subjectWords) does not verify.")
    }

    private var sentence: String {
        let all = "\(records ?? 0) records, root \(root ?? "-")"
        guard let checkpoints, checkpoints > 0 else {
            return "\(subjectWords) agrees with itself: \(all). Nothing shows that it is what was signed: there is no checkpoint."
        }
        let newest = (size ?? 0) > (covered ?? 0) ? " The records from \(covered ?? 0) on came after the last one." : ""
        return "\(subjectWords) is what was signed: \(all). Checkpoints held against it: \(checkpoints)." + newest
    }

    /// What was verified, as the beginning of a sentence.
    private var subjectWords: String {
        switch subject {
        case .log: "The log"
        case .bundle: "The bundle"
        }
    }
}

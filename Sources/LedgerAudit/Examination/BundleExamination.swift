internal import Bytes
package import EventLog

/// Verifies a bundle with what an auditor keeps apart from the ledger that wrote it.
package struct BundleExamination {
    private let verifier: NoteVerifier?
    private let trusted: [TrustedCheckpoint]

    /// Prepares a verification.
    ///
    /// - Parameters:
    ///   - verifier: The verifier key that was got from the ledger earlier; `nil` for the one that the bundle itself names.
    ///   - trusted: The checkpoints that somebody kept.
    package init(verifier: NoteVerifier?, trusted: [TrustedCheckpoint]) {
        self.verifier = verifier
        self.trusted = trusted
    }

    /// Verifies a bundle.
    ///
    /// - Parameter file: The path of the bundle.
    /// - Returns: What was found. A file that is no bundle, or breaks off, is a finding.
    /// - Throws: `BundleFileMissing` where the file cannot be opened; the errors of reading it.
    package func run(file: String) throws -> AuditReport {
        var report = AuditReport(of: .bundle)
        do {
            let outcome = try BundleVerification(verifier: verifier, trustedCheckpoints: trusted.map(\.checkpoint)).run(file: file)
            (report.size, report.covered) = (outcome.header.size, outcome.header.size)
            report.records = outcome.records
            report.checkpoints = outcome.checkpoints.count
            report.root = outcome.findings.isEmpty ? Base64.encode(outcome.header.root.bytes) : nil
            report.damaged = outcome.findings + trusted.compactMap { signatureFinding($0, outcome) }
            report.notes = outcome.notes + remarks(outcome.header)
        } catch let error as BundleError {
            report.damaged.append(Finding(position: nil, what: error.description))
        }
        return report
    }

    /// Returns what is wrong with the signature under a checkpoint that was kept; `nil` where nothing is, or its key is not known.
    private func signatureFinding(_ trusted: TrustedCheckpoint, _ outcome: BundleVerification.Outcome) -> Finding? {
        let origin = trusted.checkpoint.origin
        guard let key = LogOrigin(origin).flatMap({ outcome.verifiers[$0] }) else { return nil }
        // A forked log continues with the same key, unless that was lost.
        return trusted.finding(against: key, mustBeSigned: origin == outcome.header.origin)
    }

    /// Returns what such a bundle cannot show.
    private func remarks(_ header: BundleHeader) -> [String] {
        var remarks: [String] = []
        if verifier == nil {
            remarks.append(
                "The signatures were held against the key that the bundle itself names; with --key, against one got from the ledger earlier."
            )
        }
        if header.kind == .part {
            remarks.append("The bundle is a part: it shows that its records are in the log, not that none is left out.")
        }
        return remarks
    }
}

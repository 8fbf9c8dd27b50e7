package import EventLog
internal import KeyEvents
package import Ledger
internal import Storage

/// Examines the log of an open ledger: its checkpoints, its records and the tree over them, the clock, and the room that is left.
package struct LogExamination {
    /// The number of records after which the position is said, so that a crash can be placed.
    private static let recordsBetweenReports: UInt64 = 1000

    private let ledger: Ledger
    private let verifier: NoteVerifier?
    private let trusted: [TrustedCheckpoint]
    private let preciseFrom: UInt64?

    /// Prepares an examination.
    ///
    /// - Parameters:
    ///   - ledger: The open ledger.
    ///   - verifier: A verifier key that somebody got from the ledger earlier; `nil` for the one in `vault/`.
    ///   - trusted: The checkpoints that somebody kept.
    ///   - preciseFrom: The position from which each position is said before its record is read; `nil` for none.
    package init(_ ledger: Ledger, verifier: NoteVerifier?, trusted: [TrustedCheckpoint], preciseFrom: UInt64?) {
        self.ledger = ledger
        self.verifier = verifier
        self.trusted = trusted
        self.preciseFrom = preciseFrom
    }

    /// Runs the examination.
    ///
    /// - Parameter report: Receives each message. It is called from another thread too.
    /// - Throws: The errors of reading the log.
    package func run(_ report: @escaping @Sendable (ExaminationMessage) -> Void) throws {
        func note(_ text: String, _ level: ExaminationNote.Level) { report(.note(ExaminationNote(text, level: level))) }
        let storage = ledger.health.storage
        note("\(storage.usedBytes) bytes used of a map of \(storage.mapBytes).", .fine)
        let examined = try CheckpointExamination(ledger, verifier: verifier, trusted: trusted)
        for text in examined.notes { note(text, .warning) }
        for finding in examined.damaged { report(.damage(finding)) }
        let scan = try LogVerifier(ledger.log.reader, checkpoints: examined.checkpoints, decryptor: ledger.vault).run(
            progress: { position in
                let isPrecise = preciseFrom.map { position >= $0 } ?? false
                if isPrecise || position % Self.recordsBetweenReports == 0 { report(.reading(position)) }
            },
            finding: { report(.damage($0)) })
        note("\(scan.records) records were read, with the tree over them, and held against \(scan.checkpoints) checkpoints.", .fine)
        report(.scanned(ScanTotals(scan, checkpoints: examined.checkpoints)))
        // A log that is not served is not sound, whatever the reason.
        if let problem = ledger.health.copyProblem { report(.damage(Finding(position: nil, what: "\(problem)"))) }
        let head = try ledger.log.reader.head()
        if let warning = clockWarning(newest: head.recordedAt) { note(warning, .warning) }
        if !ledger.health.hasReserve {
            note("The disk has no room for the reserve that lets a revocation be recorded when it is full.", .warning)
        }
        report(.done(last: head.last))
    }

    /// Returns what is to be said of the clock; `nil` where it is believed, and not behind the newest record.
    private func clockWarning(newest: Timestamp) -> String? {
        let clock = ledger.time.wallClock
        if let problem = ledger.time.clockProblem { return "\(problem)" }
        guard newest > clock.adding(seconds: 5) else { return nil }
        return
            "The newest record is of \(newest), and this machine's clock says \(clock): the clock was ahead, or is behind. Nothing is decided"
            + " earlier than the newest record, but where an operator confirmed the clock."
    }
}

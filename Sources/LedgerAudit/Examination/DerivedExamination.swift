internal import EventLog
internal import KeyEvents
package import Ledger
internal import Projections

/// Examines what an open ledger keeps beside its log: state and views, which are compared with a rebuild, and the data keys.
package struct DerivedExamination {
    private let ledger: Ledger

    package init(_ ledger: Ledger) { self.ledger = ledger }

    /// Runs the examination. The data keys are examined only where the state is what the log says, since it names them.
    ///
    /// - Parameter report: Receives each message.
    /// - Throws: The errors of reading the log, the state and the views.
    package func run(_ report: (ExaminationMessage) -> Void) async throws {
        func note(_ text: String) { report(.note(ExaminationNote(text, level: .fine))) }
        // The head is read after the views: the log can only grow between the two.
        let reached = try ledger.viewsPosition()
        let lag = try ledger.log.reader.head().next.saturatingSubtracting(reached)
        note("The views were \(lag) records behind.")
        let replay = try await ledger.maintenance.replay(isCheck: true) { _, _ in }
        for difference in replay.differences.first {
            let what = "\(difference.table): the entry \(difference.key) is \(difference.kind.rawValue); run keyledger replay"
            report(.damage(Finding(position: nil, what: what)))
        }
        if replay.differences.count == 0 {
            note("State and views are what the log says.")
            try DataKeyExamination(ledger).run(report)
        }
        report(.done(last: replay.position))
    }
}

internal import ArgumentParser
internal import Bytes
internal import KeyEvents
internal import Ledger
internal import LedgerAPI
internal import LedgerAudit
internal import LedgerQueries
internal import Validation

struct AuditExplain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Say why an event is what it is: decide a recorded use or refusal again, from the log alone.",
        discussion: "Exit code 0: it agrees, or cannot be decided again; 1: it does not agree with what was recorded, which is a defect.")

    @OptionGroup var options: DataOptions

    @Argument(help: "The event's position.")
    var position: UInt64

    func run() async throws {
        let matches = try await options.withLedger { ledger in
            let explanation = try ledger.audit.explain(position)
            ledger.readings.note(.explanation, of: [explanation.event.accountID], by: .localUser)
            if options.json {
                try Terminal.writeResult(JSON.string(ExplanationDocument(explanation)))
            } else {
                for line in Self.lines(explanation) { try Terminal.writeResult(FoldedText.text([line])) }
            }
            return explanation.matches
        }
        if matches == false { throw ExitCode(ExitStatus.no) }
    }

    private static func lines(_ explanation: Explanation) -> [String] {
        let event = explanation.event
        var lines = ["\(explanation.position)  \(event.recordedAt)  \(event.body.type)  \(event.keyID) of account \(event.accountID)"]
        if let use = explanation.use {
            let times = use.count == 1 ? "" : "; stands for \(use.count) presentations, of which the last is told"
            lines.append("Decided at \(use.decidedAt) on the log up to position \(use.decidedAtPosition)\(times).")
            lines.append("Asked " + EventDescription(explanation.what).parts.joined(separator: ", ") + ".")
            // The sentence can contain text that came from outside.
            lines.append(Terminal.sanitized(explanation.sentence))
        } else {
            lines.append(explanation.sentence)
        }
        for causingEvent in explanation.evidence {
            lines.append("  rests on \(causingEvent.position)  \(causingEvent.recordedAt)  \(causingEvent.type)")
        }
        let recorded = explanation.recorded?.rawValue ?? ""
        switch explanation.finding {
        case .isNoVerdict, .isUndecidable: break
        case .decided(let code) where explanation.matches == true:
            lines.append("Recorded: \(recorded). Decided again: \(code.rawValue). They agree.")
        case .decided(let code):
            lines.append(
                "Recorded: \(recorded). Decided again: \(code.rawValue). They do not agree: this is a defect; keep the log and report it.")
        case .isContradictory: lines.append("Recorded: \(recorded). This is a defect; keep the log and report it.")
        }
        return lines
    }
}

internal import KeyEvents
internal import Ledger
internal import LedgerQueries

/// Prints the events of one key, the oldest first. Consecutive uses become one line, and so do consecutive refusals with the
/// same code.
struct KeyTimeline {
    private struct Run {
        let first: (position: UInt64, time: Timestamp)
        var last: (position: UInt64, time: Timestamp)
        let what: String
        var count: UInt64
        var origins: AddressCounts
    }

    private var run: Run?
    private var hasJSON = false

    mutating func add(json: String) throws {
        try Terminal.answer((hasJSON ? "," : "") + json)
        hasJSON = true
    }

    mutating func add(_ recorded: RecordedEvent) throws {
        let (position, event) = (recorded.position, recorded.event)
        let presented: (what: String, count: UInt64)? =
            switch event.body {
            case .used(let use): (use.isInternal ? "used to call Keyledger" : "used", use.count)
            case .refused(let use, let code): ("refused \(code.name)", use.count)
            default: nil
            }
        guard let (what, count) = presented else {
            try finish()
            return try Terminal.answer(EventLine.text(recorded))
        }
        let place = (position, event.recordedAt)
        let origins = event.origins(recorded.personal) ?? AddressCounts(nil, count: count)
        if var run, run.what == what {
            run.last = place
            run.count = run.count.saturatingAdding(count)
            run.origins.add(origins)
            self.run = run
        } else {
            try finish()
            run = Run(first: place, last: place, what: what, count: count, origins: origins)
        }
    }

    /// Writes the line that has not been written yet.
    mutating func finish() throws {
        guard let run else { return }
        let isOne = run.first.position == run.last.position
        try Terminal.answer(
            FoldedText.text(
                [
                    "\(run.first.position)\(isOne ? "" : "–\(run.last.position)")",
                    "\(run.first.time)\(isOne ? "" : " to \(run.last.time)")",
                    run.what, "\(run.count) time\(run.count == 1 ? "" : "s")",
                ] + (DisplayText.origins(run.origins).map { ["from " + $0] } ?? [])))
        self.run = nil
    }
}

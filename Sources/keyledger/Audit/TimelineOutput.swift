internal import KeyEvents
internal import LedgerAudit
internal import LedgerQueries

/// Prints the events of one key, the oldest first: as lines for people (`KeyTimeline`), or as the elements of a JSON array.
struct TimelineOutput {
    private var timeline = KeyTimeline()
    private var hasJSON = false

    mutating func add(json: String) throws {
        try Terminal.writeResult((hasJSON ? "," : "") + json)
        hasJSON = true
    }

    mutating func add(_ recorded: RecordedEvent) throws {
        for line in timeline.add(recorded) { try Self.show(line) }
    }

    /// Writes the line that has not been written yet.
    mutating func finish() throws {
        for line in timeline.finish() { try Self.show(line) }
    }

    private static func show(_ line: KeyTimeline.Line) throws {
        switch line {
        case .event(let recorded): try Terminal.writeResult(EventLine.text(recorded))
        case .presentations(let presentations): try Terminal.writeResult(text(presentations))
        }
    }

    private static func text(_ presentations: KeyTimeline.Presentations) -> String {
        let (first, last, count) = (presentations.first, presentations.last, presentations.count)
        let isOne = first.position == last.position
        return FoldedText.text(
            [
                "\(first.position)\(isOne ? "" : "–\(last.position)")",
                "\(first.time)\(isOne ? "" : " to \(last.time)")",
                words(presentations.outcome), "\(count) time\(count == 1 ? "" : "s")",
            ] + (DisplayText.origins(presentations.origins).map { ["from " + $0] } ?? []))
    }

    private static func words(_ outcome: KeyTimeline.Presentations.Outcome) -> String {
        switch outcome {
        case .used: "used"
        case .usedInternally: "used to call Keyledger"
        case .refused(let code): "refused \(code.name)"
        }
    }
}

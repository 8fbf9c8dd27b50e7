internal import Bytes
internal import Ledger
internal import LedgerAPI
internal import LedgerQueries

/// JSON Lines: an event a line, as `log show --json` and `/v1/events` have them.
struct JSONLinesExport: EventExport {
    let head = ""

    func text(_ recorded: RecordedEvent) throws -> String {
        try JSON.string(EventDocument(recorded)) + "\n"
    }
}

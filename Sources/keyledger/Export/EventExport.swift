internal import Ledger
internal import LedgerQueries

/// A text format in which events are exported, one after the other; only one event is in memory at a time.
protocol EventExport {
    /// The text before the first event.
    var head: String { get }

    /// Encodes one event, including its line break.
    func text(_ recorded: RecordedEvent) throws -> String
}

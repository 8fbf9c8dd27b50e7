internal import Ledger
internal import LedgerQueries

/// A form in which events leave the ledger: text, one event after the other, of which only the one at hand is in memory.
protocol EventExport {
    /// What stands before the first event.
    var head: String { get }

    /// An event with everything that belongs to it, its line break too.
    func text(_ recorded: RecordedEvent) throws -> String
}

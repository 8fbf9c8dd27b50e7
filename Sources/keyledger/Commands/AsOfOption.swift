internal import ArgumentParser
internal import Ledger
internal import LedgerQueries

/// The option of commands that can answer as of a time in the past.
struct AsOfOption: ParsableArguments {
    @Option(help: "As it was at this time, at the end of this date (UTC), or when the record at this position was the last.")
    var at: String?

    func asOf(_ ledger: Ledger) throws -> AsOf? {
        try at.map { text in
            try ledger.past.asOf(LogBoundArgument(text, option: "--at", day: .last).bound(now: ledger.time.now), field: "--at")
        }
    }
}

internal import ArgumentParser
internal import Ledger
internal import LedgerQueries

/// The option of commands that can answer as of a time in the past.
struct MomentOption: ParsableArguments {
    @Option(help: "As it was at this time, at the end of this date (UTC), or when the record at this position was the last.")
    var at: String?

    func moment(_ ledger: Ledger) throws -> Moment? {
        try at.map { text in
            try ledger.past.moment(LogPointArgument(text, option: "--at", day: .last).point(now: ledger.time.now), field: "--at")
        }
    }
}

internal import ArgumentParser
internal import KeyService

/// For commands that can answer from the past.
struct MomentOption: ParsableArguments {
    @Option(help: "As it was at this time, or when the record at this position was the last.")
    var at: String?

    func moment(_ ledger: Ledger) throws -> Moment? {
        try LogPointText.point(at, "--at").map { try ledger.moment($0, field: "--at") }
    }
}

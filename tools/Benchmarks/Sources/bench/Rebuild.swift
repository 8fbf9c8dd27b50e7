internal import ArgumentParser
internal import Ledger
internal import Projections

/// `Ledger.replay`: state and views from the records, both at the same time.
struct Rebuild: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Rebuilds state and views.")

    @Argument(help: "What make-uses made.")
    var folder: String

    @Flag(help: "Compare a rebuild with what is live instead.")
    var check = false

    func run() throws {
        let ledger = try Ledger.open(BenchLedger(folder: folder).data)
        let clock = ContinuousClock()
        let start = clock.now
        let report = try ledger.maintenance.replay(isCheck: check) { _, _ in }
        let duration = clock.now - start
        ledger.close()
        guard report.differences.count == 0 else { throw Failure("the rebuild differs from what is live") }
        printRate(Int(report.events), in: duration)
    }
}

internal import ArgumentParser
internal import Bytes
internal import KeyEvents
internal import Ledger
internal import LedgerAPI
internal import Projections

struct Replay: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Rebuild state and views from the log, while everything goes on.",
        discussion: "With --check nothing is changed: what is there is compared with a rebuild. Exit code 1: they differ.")

    @OptionGroup var options: DataOptions

    @Flag(help: "Compare instead of rebuilding.")
    var check = false

    private struct Answer: Encodable {
        struct Difference: Encodable {
            let table: String
            let key: String
            let what: String
        }

        let position: UInt64?
        let events: UInt64
        let seconds: Double
        let differenceCount: Int
        let differences: [Difference]
    }

    func run() async throws {
        let isClean = try await options.withLedger { ledger in
            let bar = ProgressBar(unit: "events")
            let report = try await ledger.maintenance.replay(isCheck: check) { bar.update($0, of: $1) }
            bar.finish()
            try show(report)
            if let problem = ledger.health.copyProblem { throw problem }
            return report.differences.count == 0
        }
        if !isClean { throw ExitCode(ExitStatus.no) }
    }

    private func show(_ report: ReplayReport) throws {
        let seconds = Double(report.duration.wholeMicroseconds) / 1_000_000
        if options.json {
            try Terminal.writeResult(
                try JSON.string(
                    Answer(
                        position: report.position, events: report.events, seconds: seconds,
                        differenceCount: report.differences.count,
                        differences: report.differences.first.map { .init(table: $0.table, key: $0.key, what: $0.kind.rawValue) })))
            return
        }
        let pace = seconds > 0 ? Int(Double(report.events) / seconds) : 0
        try Terminal.writeResult("\(report.events) events in \(Int(seconds * 1000)) ms (\(pace) a second).")
        guard check else { return }
        if report.differences.count == 0 { try Terminal.writeResult("State and views are what the log says.") }
        for difference in report.differences.first.prefix(20) {
            try Terminal.writeResult("\(difference.table): the entry \(difference.key) is \(difference.kind.rawValue)")
        }
        if report.differences.count > 0 {
            try Terminal.writeResult("\(report.differences.count) differences. Mend them with: keyledger replay")
        }
    }
}

internal import ArgumentParser
internal import Bytes
internal import KeyEvents
internal import Ledger
internal import LedgerAPI

struct LogClock: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clock", abstract: "Say whether this machine's clock is believed, or that it is right.",
        discussion: """
            A clock is not believed that was set by more than five minutes, that is more than five minutes behind the newest record, or, \
            when a process starts, more than 90 days ahead of it. Then nothing is validated or recorded by it, and revoking works, until the \
            clock is right again or you say with --confirm that it is. The log says so too. Where the newest records are of a clock that \
            was ahead, those to come bear the same stamp until then, and say under occurred_at when they happened.

            Exit code 0: believed; 1: not.
            """)

    @OptionGroup var options: DataOptions

    @Flag(help: "The clock is right: look at it first.")
    var confirm = false

    private struct Answer: Encodable {
        enum CodingKeys: String, CodingKey {
            case believed, clock, ledgerTime, confirmedAtPosition, stampsUntil
        }

        /// The time on the clock.
        let clock: Timestamp
        let ledgerTime: Timestamp
        let isBelieved: Bool
        var report: ClockReport?

        func encode(to encoder: any Encoder) throws {
            var fields = NullableKeyedEncoder(encoder, CodingKeys.self)
            try fields.set(.believed, isBelieved)
            try fields.set(.clock, clock.description)
            try fields.set(.ledgerTime, ledgerTime.description)
            try fields.set(.confirmedAtPosition, report?.position)
            try fields.set(.stampsUntil, report?.stampsUntil?.description)
        }
    }

    func run() async throws {
        let isBelieved = try await options.withLedger { ledger in
            let report = confirm ? try await ledger.time.confirmClock(by: .localUser) : nil
            let problem = ledger.time.clockProblem
            let words = report.map(Self.words) ?? problem?.description ?? "The clock says \(ledger.time.wallClock), and is believed."
            let answer = Answer(clock: ledger.time.wallClock, ledgerTime: ledger.time.now, isBelieved: problem == nil, report: report)
            try Terminal.writeResult(options.json ? JSON.string(answer) : words, ifLost: words)
            return problem == nil
        }
        if !isBelieved { throw ExitCode(ExitStatus.no) }
    }

    private static func words(_ report: ClockReport) -> String {
        let (clock, expected) = (report.confirmation.clock, report.confirmation.expected)
        let words = "The clock says \(clock) where \(expected) was expected, and is believed from position \(report.position) on."
        guard let until = report.stampsUntil else { return words }
        return words
            + "\nThe newest stamp in the log is of a clock that was ahead: until \(until) records bear it too, and say when they happened"
            + " under occurred_at. Times by which the log is searched or usage is counted are stamps."
    }
}

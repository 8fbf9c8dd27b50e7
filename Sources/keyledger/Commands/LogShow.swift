internal import ArgumentParser
internal import KeyEvents
internal import Ledger
internal import LedgerAPI
internal import LedgerQueries

struct LogShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show events, one a line.",
        discussion: "What was changed, by whom, from where and why. On a terminal, and where COLUMNS is set, lines are folded to its width."
    )

    @OptionGroup var options: DataOptions
    @OptionGroup var log: LogOptions

    @Option(help: "At most so many.")
    var limit: Int?

    func run() async throws {
        if let limit, limit < 0 { throw UsageError("--limit must not be negative.") }
        let key = try log.keyID
        let start = try log.start
        try await options.withLedger { ledger in
            if let key { _ = try ledger.keys.decryptedKey(key, for: .localUser) }
            var output = EventOutput(ledger, isJSON: options.json)
            defer { output.note() }
            let from = try start.map { try $0.beginning(in: ledger) } ?? 0
            try ledger.events.recordedEvents(of: key, from: from, limit: limit ?? .max) { try output.show($0) }
            try output.flush()
        }
    }
}

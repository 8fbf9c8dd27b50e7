internal import ArgumentParser
internal import KeyEvents
internal import Ledger
internal import LedgerAPI
internal import LedgerQueries

struct Log: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Read the log, sign it, and take it elsewhere.",
        subcommands: [
            LogShow.self, LogFollow.self, LogCheckpoint.self, LogKey.self, LogWitness.self, LogCosign.self, LogExport.self, LogImport.self,
            LogFork.self, LogClock.self,
        ], defaultSubcommand: LogShow.self)
}

/// The options that select events: a key, and where to begin.
struct LogOptions: ParsableArguments {
    @Option(help: "Only events of this key.")
    var key: String?

    @Option(help: "From this position, time or date (UTC) on.")
    var from: String?

    var keyID: KeyID? {
        get throws { try key.map { try KeyArgument.parse($0) } }
    }

    var start: LogBoundArgument? {
        get throws { try from.map { try LogBoundArgument($0, option: "--from", day: .first) } }
    }
}

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
            let from = try start.map { try ledger.firstPosition(from: $0.bound(now: ledger.time.now)) } ?? 0
            try ledger.events.recordedEvents(of: key, from: from, limit: limit ?? .max) { try output.show($0) }
            try output.flush()
        }
    }
}

struct LogFollow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "follow", abstract: "Show events as they are recorded, by any process, until interrupted.")

    @OptionGroup var options: DataOptions

    @Option(help: "Only events of this key.")
    var key: String?

    @Option(help: "From this position, time or date (UTC) on. Default: the next event.")
    var from: String?

    func run() async throws {
        let key = try key.map { try KeyArgument.parse($0) }
        let start = try from.map { try LogBoundArgument($0, option: "--from", day: .first) }
        try await options.withLedger { ledger in
            if let key { _ = try ledger.keys.decryptedKey(key, for: .localUser) }
            var output = EventOutput(ledger, isJSON: options.json)
            var next =
                try start.map { try ledger.firstPosition(from: $0.bound(now: ledger.time.now)) } ?? ledger.log.lastPosition().map { $0 + 1 }
                ?? 0
            while true {
                _ = try await ledger.log.waitForMore(than: next)
                try ledger.events.recordedEvents(from: next, limit: 1000) { recorded in
                    next = recorded.position + 1
                    if key == nil || recorded.event.keyID == key { try output.show(recorded) }
                }
                output.note()
                try output.flush()
            }
        }
    }
}

/// Prints events as lines, many in one write.
private struct EventOutput {
    let isJSON: Bool
    private let ledger: Ledger
    private var lines: [String] = []
    private var accounts: Set<AccountID> = []

    init(_ ledger: Ledger, isJSON: Bool) {
        self.ledger = ledger
        self.isJSON = isJSON
    }

    mutating func show(_ recorded: RecordedEvent) throws {
        lines.append(isJSON ? try JSON.string(EventDocument(recorded)) : EventLine.text(recorded))
        accounts.insert(recorded.event.accountID)
        if lines.count >= 500 { try flush() }
    }

    /// Records that the events were read. Call it after reading: a command that reads to the head would otherwise read this
    /// record too.
    mutating func note() {
        ledger.readings.note(.events, of: accounts, by: .localUser)
        accounts = []
    }

    mutating func flush() throws {
        if !lines.isEmpty { try Terminal.writeResult(lines.joined(separator: "\n")) }
        lines = []
    }
}

internal import ArgumentParser
internal import KeyEvents
internal import Ledger
internal import LedgerAPI
internal import LedgerQueries

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
                try start.map { try $0.beginning(in: ledger) } ?? ledger.log.lastPosition().map { $0 + 1 } ?? 0
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

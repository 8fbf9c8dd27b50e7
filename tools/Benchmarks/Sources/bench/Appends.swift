internal import ArgumentParser
internal import EventLog
internal import Foundation
internal import KeyEvents
internal import Ledger
internal import Storage

/// Uses to append: of 1,000 keys, each with what a service asks.
struct AppendOptions: ParsableArguments {
    @Argument(help: "A folder to make.")
    var folder: String

    @Option(help: "How many records.")
    var records = 512_000

    @Option(help: "Records in a commit.")
    var batch = 256

    func events() -> [Event] {
        var generator = SplitMix64(seed: 3)
        let now = Timestamp(microseconds: 1_800_000_000_000_000)
        let ids = (0..<1000).map { _ in KeyID(at: now, random: (generator.next(), generator.next())) }
        let actor = Actor.key(ids[0])
        return (0..<records).map { number in
            let use = Event.Use(
                secretID: 1, scopesAsked: ["listings:read"], decidedAtPosition: UInt64(number), decidedAt: now)
            return Event(
                keyID: ids[Int.random(in: 0..<1000, using: &generator)], accountID: AccountID(trusted: "agency-1"), recordedAt: now,
                actor: actor, body: .used(use))
        }
    }
}

/// The log's own append: encoding, leaf hash, tree, records, one durable commit a batch.
struct Appends: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Appends uses through the sequencer.")

    @OptionGroup var options: AppendOptions

    func run() throws {
        try FileManager.default.createDirectory(atPath: options.folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: options.folder) }
        let environment = try Environment(path: options.folder, tables: LogTables.names)
        let sequencer = EmbeddedSequencer(environment) { Timestamp(microseconds: 1_800_000_000_000_000) }
        let events = options.events()
        let duration = try ContinuousClock().measure {
            for start in stride(from: 0, to: events.count, by: options.batch) {
                try sequencer.transact { transaction, appender in
                    for event in events[start..<min(start + options.batch, events.count)] { _ = try appender.append(event, &transaction) }
                }
            }
        }
        printRate(events.count, in: duration)
    }
}

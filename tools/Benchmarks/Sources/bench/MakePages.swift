internal import ArgumentParser
internal import EventLog
internal import Foundation
internal import KeyEvents
internal import KeyService
internal import Projections

/// A ledger for the settings page: keys with names, each one sealed, made as a person's are; then uses of keys drawn uniformly.
struct MakePages: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Makes a ledger of named keys and a log of uses.")

    private static let systems = ["Property Sync", "CRM Integration", "Channel Manager", "Reporting Script", "Price Feed"]

    @Argument(help: "A folder to make.")
    var folder: String

    @Option(help: "How many keys.")
    var keys = 100_000

    @Option(help: "How many uses.")
    var uses = 5_000_000

    func run() async throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let bench = BenchLedger(folder: folder)
        let ledger = try Ledger.create(at: bench.data, prefix: BenchLedger.prefix)
        let ids = try await makeKeys(ledger)
        try record(ids, bench, ledger)
        ledger.close()
    }

    private func makeKeys(_ ledger: Ledger) async throws -> [KeyID] {
        try await withThrowingTaskGroup(of: KeyID.self) { group in
            var ids: [KeyID] = []
            for number in 0..<keys {
                if number >= 1024, let id = try await group.next() { ids.append(id) }
                group.addTask {
                    let name = "\(Self.systems[number % Self.systems.count]) \(number)"
                    let key = CreateKey(name: name, account: AccountID("agency-\(number % 100)"), scopes: ["listings:read"])
                    return try await ledger.createKey(key, by: .commandLine).outcome.key.state.id
                }
            }
            for try await id in group { ids.append(id) }
            return ids
        }
    }

    private func record(_ ids: [KeyID], _ bench: BenchLedger, _ ledger: Ledger) throws {
        let environment = ledger.reader.environment
        let sequencer = EmbeddedSequencer(environment, now: LedgerClock.system.now)
        let accounts = try Dictionary(uniqueKeysWithValues: ids.map { ($0, try ledger.key($0)?.accountID ?? .operator) })
        let actor = Actor.key(ids[0])
        var generator = SplitMix64(seed: 2)
        for _ in stride(from: 0, to: uses, by: 4000) {
            let now = ledger.now
            let batch = (0..<4000).map { _ in
                let key = ids[Int.random(in: 0..<ids.count, using: &generator)]
                let use = Event.Use(secretID: 1, scopesAsked: ["listings:read"], decidedAtPosition: 0, decidedAt: now)
                return Event(keyID: key, accountID: accounts[key] ?? .operator, actor: actor, body: .used(use))
            }
            try bench.append(batch, sequencer, StateTables(environment))
        }
    }
}

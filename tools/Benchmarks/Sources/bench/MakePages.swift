internal import ArgumentParser
internal import EventLog
internal import KeyEvents
internal import Ledger
import LedgerQueries
internal import Projections

/// A ledger for the settings page: keys with names, each one sealed, made as a person's are; then uses, a twentieth of them of one busy
/// key, the others of keys drawn uniformly. One use of the busy key in a thousand is a refusal, for a scope that it lacks.
struct MakePages: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Makes a ledger of named keys and a log of uses.")

    @Argument(help: "A folder to make.")
    var folder: String

    @Option(help: "How many keys.")
    var keys = 100_000

    @Option(help: "How many uses.")
    var uses = 5_000_000

    func run() async throws {
        let bench = BenchLedger(folder: folder)
        let (ledger, ids) = try await bench.makeNamed(keys: keys, accounts: 100)
        try record(ids, bench, ledger)
        ledger.close()
    }

    private func record(_ ids: [KeyID], _ bench: BenchLedger, _ ledger: Ledger) throws {
        let environment = ledger.log.reader.environment
        let sequencer = EmbeddedSequencer(environment, now: LedgerClock.system.now)
        let accounts = try Dictionary(
            uniqueKeysWithValues: ids.map { ($0, try ledger.keys.decryptedKey($0, for: .commandLine).state.accountID) })
        let actor = Actor.key(ids[0])
        var generator = SplitMix64(seed: 2)
        for _ in stride(from: 0, to: uses, by: 4000) {
            let now = ledger.time.now
            let batch = (0..<4000).map { _ in
                let isBusy = Int.random(in: 0..<20, using: &generator) == 0
                let key = isBusy ? ids[0] : ids[Int.random(in: 0..<ids.count, using: &generator)]
                let isRefused = isBusy && Int.random(in: 0..<1000, using: &generator) == 0
                let use = Event.Use(
                    secretID: 1, scopesAsked: [isRefused ? "listings:write" : "listings:read"], decidedAtPosition: 0, decidedAt: now)
                return Event(
                    keyID: key, accountID: accounts[key] ?? .operator, actor: actor,
                    body: isRefused ? .refused(use, .insufficientScope) : .used(use))
            }
            try bench.append(batch, sequencer, StateTables(environment))
        }
    }
}

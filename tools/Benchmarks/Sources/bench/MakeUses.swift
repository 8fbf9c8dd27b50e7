internal import ArgumentParser
internal import EventLog
internal import KeyEvents
internal import Ledger
internal import Projections
internal import Synchronization

/// A day of a service: of every hundred events one is a refusal and one a lifecycle event, the rest are uses, of keys drawn
/// uniformly.
struct MakeUses: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Makes a ledger with a log of uses.")

    @Argument(help: "A folder to make.")
    var folder: String

    @Option(help: "How many events.")
    var events = 2_000_000

    @Option(help: "Of how many keys.")
    var keys = 10_000

    @Option(help: "Over how many hours, ending now.")
    var hours = 24

    func run() throws {
        let start = 1_800_000_000_000_000 - Int64(hours) * 3_600_000_000
        let time = Atomic<Int64>(start)
        let bench = BenchLedger(folder: folder)
        let clock: @Sendable () -> Timestamp = { Timestamp(microseconds: time.load(ordering: .relaxed)) }
        let (ledger, ids) = try bench.make(keys: keys, now: clock)
        let environment = ledger.log.reader.environment
        let sequencer = EmbeddedSequencer(environment, now: clock)
        let actor = Actor.key(ids[0])
        var generator = SplitMix64(seed: 2)
        var written = keys
        while written < events {
            let count = min(4000, events - written)
            time.store(start + Int64(Double(written + count) / Double(events) * Double(hours) * 3.6e9), ordering: .relaxed)
            let now = clock()
            let batch = (0..<count).map {
                let key = Int.random(in: 0..<keys, using: &generator)
                return Event(
                    keyID: ids[key], accountID: AccountID(trusted: "agency-\(key % 1000)"), actor: actor,
                    body: Self.body(
                        Int.random(in: 0..<100, using: &generator), number: written + $0, position: UInt64(written - 1), at: now))
            }
            try bench.append(batch, sequencer, StateTables(environment))
            written += count
        }
        ledger.close()
    }

    /// Returns the body of an event as the service would decide it: a refusal is of a scope that no key has, and a change changes
    /// something.
    private static func body(_ kind: Int, number: Int, position: UInt64, at time: Timestamp) -> Event.Body {
        var use = Event.Use(secretID: 1, scopesAsked: ["listings:read"], decidedAtPosition: position, decidedAt: time)
        if kind == 0 { use.scopesAsked = ["listings:delete"] }
        return switch kind {
        case 0: .refused(use, .insufficientScope)
        case 1: .changed(.init(scopes: ["listings:read", "batch:\(number)"]))
        default: .used(use)
        }
    }
}

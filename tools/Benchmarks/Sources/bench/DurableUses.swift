internal import ArgumentParser
internal import KeyEvents
internal import Ledger
internal import Validation

/// `Ledger.verify` in durable mode: every call returns when its use is on disk.
struct DurableUses: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Validates with the use recorded durably, in process.")

    @Argument(help: "What make-keys made.")
    var folder: String

    @Option(help: "How many tasks call at the same time.")
    var callers = 256

    @Option(help: "How long.")
    var seconds = 10.0

    @Flag(help: "Each use comes with an address, a method and a path, which are sealed.")
    var context = false

    func run() async throws {
        let bench = BenchLedger(folder: folder)
        let (bytes, width) = try bench.secrets()
        let secrets = stride(from: 0, to: bytes.count, by: width).map { String(decoding: bytes[$0..<$0 + width - 1], as: UTF8.self) }
        let ledger = try Ledger.open(bench.data)
        let accessCheck = AccessCheck(scopes: ["listings:read"])
        let useContext = context ? UseContext(clientAddress: "203.0.113.7", method: "GET", path: "/v1/listings/4711") : UseContext()
        let actor = Actor.key(KeyID(at: ledger.time.now, random: (1, 2)))
        let before = try ledger.log.lastPosition() ?? 0

        let clock = ContinuousClock()
        let start = clock.now
        let end = start.advanced(by: .seconds(seconds))
        let calls = try await withThrowingTaskGroup { group in
            for caller in 0..<callers {
                group.addTask {
                    var generator = SplitMix64(seed: UInt64(caller) << 32 | UInt64.random(in: 0...UInt64(UInt32.max)))
                    var calls = 0
                    while clock.now < end {
                        let secret = secrets[Int.random(in: 0..<secrets.count, using: &generator)]
                        let verdict = try await ledger.verifier.verify(secret, accessCheck, context: useContext, actor: actor)
                        guard verdict.isValid else { throw Failure("a key that was made is \(verdict.code.rawValue)") }
                        calls += 1
                    }
                    return calls
                }
            }
            return try await group.reduce(0, +)
        }
        let duration = clock.now - start
        let recorded = try (ledger.log.lastPosition() ?? 0) - before
        guard recorded == calls else { throw Failure("\(calls) calls were answered and \(recorded) uses recorded") }
        ledger.close()
        printRate(calls, in: duration)
    }
}

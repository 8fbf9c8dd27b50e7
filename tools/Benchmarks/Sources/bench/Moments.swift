internal import ArgumentParser
internal import KeyEvents
internal import Ledger
import LedgerAudit
import LedgerQueries
internal import Validation

/// What a log says of random moments of its past. Prints a line for each question: its name, the median and the longest time in
/// milliseconds.
struct Moments: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Asks for random moments of a log.")

    @Argument(help: "What make-uses made.")
    var folder: String

    @Option(help: "How many moments.")
    var rounds = 15

    func run() throws {
        let bench = BenchLedger(folder: folder)
        let (bytes, width) = try bench.secrets()
        let ledger = try Ledger.open(bench.data)
        let last = try ledger.log.lastPosition() ?? 0
        let ids = try ledger.keys.listKeys(for: .commandLine, limit: .max).map(\.key.state.id)
        var generator = SplitMix64(seed: 5)
        /// Returns a random position after all keys were made.
        func asOf() throws -> AsOf {
            try ledger.past.asOf(.position(UInt64.random(in: UInt64(ids.count)...last, using: &generator)), field: "at")
        }
        try measure("list of all keys") {
            let count = try ledger.past.listKeys(for: .commandLine, at: asOf(), limit: .max).count
            guard count == ids.count else { throw Failure("\(count) keys are listed instead of \(ids.count)") }
        }
        try measure("page of 100 keys") {
            let previous = ids[Int.random(in: 0..<max(1, ids.count - 101), using: &generator)]
            let count = try ledger.past.listKeys(for: .commandLine, at: asOf(), after: previous, limit: 100).count
            guard count == 100 else { throw Failure("\(count) keys are listed instead of 100") }
        }
        try measure("one key") {
            _ = try ledger.past.key(ids[Int.random(in: 0..<ids.count, using: &generator)], at: asOf(), for: .commandLine)
        }
        try measure("verdict") {
            let start = Int.random(in: 0..<bytes.count / width, using: &generator) * width
            let secret = String(decoding: bytes[start..<start + width - 1], as: UTF8.self)
            let past = try ledger.past.verdict(on: secret, AccessCheck(scopes: ["listings:read"]), at: asOf())
            guard past.verdict.isValid, !past.evidence.isEmpty else {
                throw Failure("a key that was made is \(past.verdict.code.rawValue)")
            }
        }
        try measure("verdict on an unknown key") {
            guard try !ledger.past.verdict(on: "lhql_live_nobody", at: asOf()).verdict.isValid else {
                throw Failure("nobody's key is valid")
            }
        }
        try measure("usage of all keys in a span") {
            let bounds = try [asOf(), asOf()].map(\.end).sorted()
            let span = try ledger.past.span(from: .position(bounds[0]), to: .position(bounds[1]))
            _ = try ledger.past.listUsage(in: span, for: .commandLine, limit: .max)
        }
        try measure("explanation") {
            _ = try ledger.audit.explain(UInt64.random(in: 0...last, using: &generator))
        }
        ledger.close()
    }

    private func measure(_ name: String, _ body: () throws -> Void) throws {
        var times: [Double] = []
        for _ in 0..<rounds { times.append(try ContinuousClock().measure(body).seconds * 1000) }
        times.sort()
        print("\(name)\t\((times[times.count / 2] * 10).rounded() / 10)\t\((times[times.count - 1] * 10).rounded() / 10)")
    }
}

import KeyEvents
import Projections
import TestSupport
import Testing
import Validation

@testable import Ledger
@testable internal import LedgerQueries

/// Usage counts equal a fold of the log. Nothing else counts.
@Suite struct UsageIsAFoldOfTheLogTests {
    @Test(arguments: [UseRecording.durable, .buffered, .aggregated(window: .seconds(7))])
    func countsEqualAFoldOfTheLog(_ recording: UseRecording) async throws {
        let seed = printedSeed()
        let home = TestHome(seed: seed)
        var random = SplitMix64(seed: seed)
        var keys: [(id: KeyID, secret: String)] = []
        var accepted: [KeyID: UInt64] = [:]
        var refused: [KeyID: UInt64] = [:]
        // Closed and opened again: what was open is recorded then.
        for round in 0..<3 {
            try await home.withLedger(recording) { ledger in
                for _ in 0..<4 { keys.append(try await ledger.newKey(scopes: ["a:*"])) }
                for step in 0..<300 {
                    let key = random.pick(keys)
                    let accessCheck = AccessCheck(scopes: random.chance(70) ? ["a:read"] : ["b:read"])
                    switch try await ledger.verify(key.secret, accessCheck) {
                    case .valid: accepted[key.id, default: 0] += 1
                    default: refused[key.id, default: 0] += 1
                    }
                    // None of these counts.
                    _ = try await ledger.verifier.verify(key.secret, isDryRun: true, actor: .commandLine)
                    _ = try ledger.verifier.evaluate(key.secret)
                    _ = try await ledger.verify(key.secret + "x")
                    if random.chance(30) { home.clock.advance(microseconds: Int64.random(in: 0..<20_000_000, using: &random)) }
                    if random.chance(3) { _ = try await ledger.commands.disableKey(key.id, by: .commandLine) }
                    if random.chance(5) { _ = try await ledger.commands.enableKey(key.id, by: .commandLine) }
                    if random.chance(10) { ledger.recorder.flush(endedAt: ledger.time.now) }
                    if step == 150 {
                        try await ledger.flush()
                        try Self.compare(ledger, keys.map(\.id))
                    }
                }
                if round == 2 { _ = try ledger.verifier.authenticateCaller(keys[0].secret) }
                try await ledger.settle()
                try Self.compare(ledger, keys.map(\.id))
            }
        }
        try await home.withLedger { ledger in
            try Self.compare(ledger, keys.map(\.id))
            for (index, key) in keys.enumerated() {
                let usage = try ledger.keys.usage(of: key.id, for: .commandLine).usage
                // The first one has authorised a call, or tried to.
                let byItself: UInt64 = index == 0 ? 1 : 0
                #expect(usage.counts.uses + usage.counts.refused == accepted[key.id, default: 0] + refused[key.id, default: 0] + byItself)
                #expect((usage.counts.uses - accepted[key.id, default: 0]) <= byItself)
            }
        }
        #expect(home.reports == [])
    }

    static func compare(_ ledger: Ledger, _ keys: [KeyID]) throws {
        let folds = UsageFold.of(try ledger.log())
        for listed in try ledger.keys.listKeys(for: .commandLine, limit: .max) {
            let id = listed.key.state.id
            #expect(UsageFold(listed.usage) == folds[id])
            #expect(try ledger.keys.usage(of: id, for: .commandLine).usage == listed.usage)
            for bucket in [try hours(ledger, id), try days(ledger, id)] {
                #expect(bucket.uses == listed.usage.counts.uses)
                #expect(bucket.refusals == listed.usage.counts.refusals)
            }
        }
        #expect(Set(folds.keys) == Set(keys))
    }

    private static func hours(_ ledger: Ledger, _ id: KeyID) throws -> (uses: UInt64, refusals: [RefusalCode: UInt64]) {
        try sum(
            ledger.keys.buckets(.hour, of: id, from: .init(seconds: 0), to: .init(seconds: 4_000_000_000), limit: .max, for: .commandLine))
    }

    private static func days(_ ledger: Ledger, _ id: KeyID) throws -> (uses: UInt64, refusals: [RefusalCode: UInt64]) {
        try sum(
            ledger.keys.buckets(.day, of: id, from: .init(seconds: 0), to: .init(seconds: 4_000_000_000), limit: .max, for: .commandLine))
    }

    private static func sum(
        _ buckets: [(start: Timestamp, counts: UsageCounts)]
    ) throws -> (uses: UInt64, refusals: [RefusalCode: UInt64]) {
        var sum = UsageCounts()
        for bucket in buckets { sum.add(bucket.counts) }
        return (sum.uses, sum.refusals)
    }
}

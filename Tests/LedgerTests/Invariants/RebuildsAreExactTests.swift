import KeyEvents
import Projections
import TestSupport
import Testing
import Validation

@testable import Ledger
@testable internal import LedgerQueries

/// Rebuilding state and views gives what was there, entry for entry. (Raw tables, damage and interruption: `ProjectionsTests`.)
@Suite struct RebuildsAreExactTests {
    @Test func replayGivesWhatWasThere() async throws {
        let seed = printedSeed()
        let home = TestHome(seed: seed)
        var random = SplitMix64(seed: seed)
        try await home.withLedger { ledger in
            let keys = try await Self.makeHistory(ledger, home, &random)
            let state = try ledger.stateDump()
            let views = try ViewsDump(ledger, keys)
            #expect(state["keys"]?.count == keys.count && state["index"]?.count == keys.count)
            #expect(state["expiries"]?.isEmpty == false && state["accounts"]?.count == keys.count)
            for _ in 0..<3 {
                let report = try await ledger.maintenance.replay(isCheck: false) { _, _ in }
                #expect(report.position == (try ledger.log.lastPosition()))
                #expect(try ledger.stateDump() == state)
                #expect(try ViewsDump(ledger, keys) == views)
                let check = try await ledger.maintenance.replay(isCheck: true) { _, _ in }
                #expect(check.differences.count == 0, "\(check.differences.first)")
                #expect(check.position == (try ledger.log.lastPosition()))
            }
        }
    }

    @Test func anEmptyLogReplays() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            #expect(try await ledger.maintenance.replay(isCheck: false) { _, _ in }.position == nil)
            let check = try await ledger.maintenance.replay(isCheck: true) { _, _ in }
            #expect(check.position == nil && check.events == 0 && check.differences.count == 0)
        }
    }

    /// Twenty replays while clients verify and one creates and revokes: no failed call, no wrong verdict.
    @Test func replaysDoNotDisturb() async throws {
        let seed = printedSeed()
        let home = TestHome(seed: seed)
        var random = SplitMix64(seed: seed)
        try await home.withLedger { ledger in
            _ = try await Self.makeHistory(ledger, home, &random)
            let live = try await ledger.newKey("live")
            let dead = try await ledger.newKey("dead")
            _ = try await ledger.commands.revokeKey(dead.id, by: .commandLine)
            let isOver = Flag()
            let asked = Counter()
            try await withThrowingTaskGroup { group in
                for worker in 0..<4 {
                    group.addTask {
                        while !isOver.isSet {
                            let verdict = try await ledger.verify(live.secret)
                            let other = worker == 0 ? try await ledger.verify(dead.secret) : try ledger.verifier.evaluate(dead.secret).code
                            #expect(verdict == .valid)
                            #expect(other == .revoked)
                            asked.add()
                        }
                    }
                }
                group.addTask {
                    while !isOver.isSet {
                        let fresh = try await ledger.newKey("fresh")
                        #expect(try await ledger.verify(fresh.secret) == .valid)
                        _ = try await ledger.commands.revokeKey(fresh.id, by: .commandLine)
                        #expect(try await ledger.verify(fresh.secret) == .revoked)
                        let listed = try ledger.keys.listKeys(for: .commandLine, limit: .max).first { $0.key.state.id == fresh.id }
                        #expect(listed?.key.state.status(at: ledger.time.now) == .revoked)
                    }
                }
                for _ in 0..<20 { _ = try await ledger.maintenance.replay(isCheck: false) { _, _ in } }
                isOver.set()
                try await group.waitForAll()
            }
            try await ledger.settle()
            let check = try await ledger.maintenance.replay(isCheck: true) { _, _ in }
            #expect(check.differences.count == 0, "\(check.differences.first)")
            try UsageIsAFoldOfTheLogTests.compare(ledger, try ledger.keys.listKeys(for: .commandLine, limit: .max).map(\.key.state.id))
            #expect(asked.value > 20)
        }
        #expect(home.reports == [])
    }

    /// Keys of several accounts in every state, used and refused.
    static func makeHistory(_ ledger: Ledger, _ home: TestHome, _ random: inout SplitMix64) async throws -> [KeyID] {
        var keys: [(id: KeyID, secret: String)] = []
        for number in 0..<60 {
            let expiresAt = random.chance(40) ? home.clock.now.adding(seconds: Int64.random(in: 50...50_000, using: &random)) : nil
            keys.append(
                try await ledger.newKey(
                    "key \(number)", account: random.pick([nil, .hotel, .hostel]), scopes: ["a:*"], metadata: ["n": "\(number)"],
                    expiresAt: expiresAt))
        }
        for _ in 0..<400 {
            let key = random.pick(keys)
            home.clock.advance(seconds: Int64.random(in: 0...30, using: &random))
            switch Int.random(in: 0..<20, using: &random) {
            case 0: _ = try? await ledger.commands.disableKey(key.id, by: .commandLine)
            case 1: _ = try? await ledger.commands.enableKey(key.id, by: .commandLine)
            case 2: _ = try? await ledger.commands.revokeKey(key.id, reason: "lost", by: .commandLine)
            case 3, 4: _ = try? await ledger.commands.changeKey(key.id, KeyChange(name: "new", scopes: ["b:read"]), by: .commandLine)
            case 5: _ = try? await ledger.commands.changeKey(key.id, KeyChange(expiry: .never), by: .commandLine)
            default: _ = try await ledger.verify(key.secret, AccessCheck(scopes: [random.pick(["a:read", "b:read"])]))
            }
        }
        try await ledger.settle()
        return keys.map(\.id)
    }
}

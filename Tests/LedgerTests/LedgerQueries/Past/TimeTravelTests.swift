import EventLog
import KeyEvents
import Projections
import TestSupport
import Testing
import Validation

@testable import Ledger
@testable internal import LedgerQueries

@Suite("Any moment of the past is the fold of what was recorded by then")
struct TimeTravelTests {
    /// State and usage of all keys at every position, each told as the plainest fold tells it; and every verdict that was given is the
    /// verdict of that moment.
    @Test(arguments: [UseRecording.durable, .buffered, .aggregated(window: .seconds(30))], [3, 19])
    func everyPosition(_ recording: UseRecording, _ snapshotBits: Int) async throws {
        let seed = printedSeed()
        let home = TestHome(seed: seed, snapshotBits: snapshotBits)
        var random = SplitMix64(seed: seed)
        var life = RandomLife()
        // Closed and opened again between.
        for _ in 0..<2 {
            try await home.withLedger(recording) { ledger in
                for _ in 0..<200 { try await life.step(ledger, home, &random) }
                try await ledger.settle()
            }
        }
        try await home.withLedger(recording) { ledger in
            let log = try ledger.log()
            var states: [KeyID: KeyState] = [:]
            var folds: [KeyID: UsageFold] = [:]
            var secretUses: [KeyID: [UInt32: Timestamp]] = [:]
            for entry in log {
                let key = entry.event.keyID
                states[key] = evolve(states[key], entry.event, at: entry.position)
                folds[key, default: UsageFold()].add(entry)
                if let use = entry.accepted {
                    secretUses[key, default: [:]].merge([use.secretID: use.decidedAt], uniquingKeysWith: max)
                }
                let asOf = try ledger.past.asOf(.position(entry.position), field: "at")
                #expect(asOf == AsOf(end: entry.position + 1, clock: entry.event.recordedAt, field: "at"))
                try Self.compare(ledger, states, folds, secretUses, asOf, &random)
            }
            #expect(life.given.count > 150)
            for given in life.given { try Self.compare(ledger, given) }
            try Self.compareSpans(ledger, log, &random)
            let check = try await ledger.maintenance.replay(isCheck: true) { _, _ in }
            #expect(check.differences.count == 0, "\(check.differences.first)")
        }
        #expect(home.reports == [])
    }

    private static func compare(
        _ ledger: Ledger, _ states: [KeyID: KeyState], _ folds: [KeyID: UsageFold], _ secretUses: [KeyID: [UInt32: Timestamp]],
        _ asOf: AsOf, _ random: inout SplitMix64
    ) throws {
        let caller = random.pick([Caller.commandLine, .holder(.hotel)])
        let visible = states.values.filter { caller.sees($0.accountID) }.sorted { $0.id < $1.id }
        let newestFirst = random.chance(30)
        let keys = try ledger.past.listKeys(for: caller, at: asOf, limit: .max, newestFirst: newestFirst)
        #expect(keys.map(\.key.state) == (newestFirst ? visible.reversed() : visible), "at \(asOf.position)")
        for listed in keys {
            #expect(UsageFold(listed.usage) == folds[listed.key.state.id], "at \(asOf.position)")
            #expect(listed.usage.secretUses == secretUses[listed.key.state.id] ?? [:])
            #expect(listed.key.name != nil)
        }
        guard let one = keys.first(where: { _ in random.chance(30) }) ?? keys.last else { return }
        let shown = try ledger.past.key(one.key.state.id, at: asOf, for: caller)
        #expect(shown.key.state == one.key.state && UsageFold(shown.usage) == UsageFold(one.usage))
        // The list comes in pages.
        let page = try ledger.past.listKeys(for: caller, at: asOf, after: one.key.state.id, limit: 2)
        #expect(page.map(\.key.state.id) == Array(visible.map(\.id).filter { $0 > one.key.state.id }.prefix(2)))
    }

    private static func compare(_ ledger: Ledger, _ given: RandomLife.Given) throws {
        let position = try #require(given.verdict.position)
        let asOf = AsOf(end: position + 1, clock: given.verdict.decidedAt, field: "at")
        let past = try ledger.past.verdict(on: given.secret, given.accessCheck, at: asOf)
        let verdict = past.verdict
        #expect(verdict.code == given.verdict.code && verdict.position == position && verdict.decidedAt == given.verdict.decidedAt)
        #expect(verdict.key == given.verdict.key && verdict.missingScope == given.verdict.missingScope)
        #expect(past.evidence.isEmpty == (verdict.disclosedKey == nil))
        #expect(
            past.evidence.allSatisfy { $0.position <= position } && past.evidence.map(\.position) == past.evidence.map(\.position).sorted())
    }

    private static func compareSpans(_ ledger: Ledger, _ log: [Entry], _ random: inout SplitMix64) throws {
        for _ in 0..<40 {
            let bounds = (0..<2).map { _ in UInt64.random(in: 1...UInt64(log.count), using: &random) }.sorted()
            let span = try ledger.past.span(from: .position(bounds[0]), to: .position(bounds[1]))
            #expect(span.start == bounds[0] && span.end.end == bounds[1])
            let folds = UsageFold.of(log.filter { (bounds[0]..<bounds[1]).contains($0.position) })
            for listed in try ledger.past.listUsage(in: span, for: .commandLine, limit: .max) {
                let id = listed.key.state.id
                #expect(listed.usage.counts.uses == folds[id]?.uses ?? 0)
                #expect(listed.usage.counts.refusals == folds[id]?.refusals ?? [:])
                #expect(try ledger.past.usage(of: id, in: span, for: .commandLine).usage == listed.usage)
            }
        }
    }

    @Test func aTimeSeesTheRecordsUpToIt() async throws {
        let seed = printedSeed()
        let home = TestHome(seed: seed, snapshotBits: 4)
        var random = SplitMix64(seed: seed)
        var life = RandomLife()
        try await home.withLedger { ledger in
            for _ in 0..<150 { try await life.step(ledger, home, &random) }
            try await ledger.settle()
            home.clock.advance(seconds: 1000)
            let log = try ledger.log()
            for time in Set(log.flatMap { [$0.event.recordedAt.microseconds, $0.event.recordedAt.microseconds + 1] }) {
                let asOf = try ledger.past.asOf(.time(Timestamp(microseconds: time)), field: "at")
                #expect(asOf.clock.microseconds == time)
                #expect(asOf.end == UInt64(log.count { $0.event.recordedAt.microseconds <= time }))
            }
        }
    }

    /// The clock is that of the moment: an expiry that had passed counts, recorded or not, and one to come does not.
    @Test func theClockIsThatOfTheMoment() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let start = home.clock.now
            let key = try await ledger.newKey(expiresAt: start.adding(seconds: 60))
            home.clock.advance(seconds: 3600)
            for (seconds, status, code) in [
                (0, KeyState.Status.active, VerdictCode.valid), (59, .active, .valid), (60, .expired, .expired),
            ] {
                let asOf = try ledger.past.asOf(.time(start.adding(seconds: Int64(seconds))), field: "at")
                #expect(try ledger.past.key(key.id, at: asOf, for: .commandLine).key.state.status(at: asOf.clock) == status)
                let past = try ledger.past.verdict(on: key.secret, at: asOf)
                #expect(past.verdict.code == code && past.evidence.map(\.type) == ["KeyCreated"])
            }
            #expect(try ledger.types() == ["KeyCreated"])
        }
    }

    /// A secret that so many followed that the state has forgotten it is known to the past.
    @Test func aForgottenSecretIsFound() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let key = try await ledger.newKey()
            _ = try await ledger.verify(key.secret)
            for _ in 0..<KeyState.maxRetiredSecrets + 2 {
                _ = try await ledger.commands.rotateKey(key.id, olderRetires: .now, by: .commandLine)
            }
            #expect(try ledger.verifier.evaluate(key.secret).code == .notFound)
            func code(_ position: UInt64) throws -> VerdictCode {
                try ledger.past.verdict(on: key.secret, at: ledger.past.asOf(.position(position), field: "at")).verdict.code
            }
            #expect(try code(0) == .valid && code(1) == .valid)
            #expect(try code(5) == .revoked)
            #expect(try code(#require(try ledger.log.lastPosition())) == .notFound)
        }
    }

    @Test func whatNobodyMayKnowIsUnknown() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let own = try await ledger.newKey(account: .hotel)
            let other = try await ledger.newKey(account: .hostel)
            let asOf = try ledger.past.asOf(.position(1), field: "at")
            #expect(throws: ServiceError.unknownKey) { try ledger.past.key(other.id, at: asOf, for: .holder(.hotel)) }
            #expect(throws: ServiceError.unknownAccount) {
                try ledger.past.listKeys(for: .holder(.hotel), account: .hostel, at: asOf, limit: 5)
            }
            #expect(try ledger.past.listKeys(for: .holder(.hotel), at: asOf, limit: 5).map(\.key.state.id) == [own.id])
            let past = try ledger.past.verdict(on: other.secret, AccessCheck(account: .hotel), at: asOf)
            #expect(past.verdict.code == .notFound && past.key == nil && past.evidence.isEmpty)
        }
    }
}

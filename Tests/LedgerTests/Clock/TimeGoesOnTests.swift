import EventLog
import KeyEvents
import Projections
import TestSupport
import Testing
import Validation

@testable import Ledger
@testable import LedgerQueries

/// Below five minutes the later of the clock and the newest record decides: time never goes back.
@Suite(.holdsLedgers) struct TimeGoesOnTests {
    @Test func whatHasExpiredStaysExpired() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { (ledger: Ledger) async throws -> Void in
            let key = try await ledger.newKey(expiresAt: home.clock.now.adding(seconds: 100))
            let rotated = try await ledger.newKey()
            _ = try await ledger.commands.rotateKey(rotated.id, olderRetires: .after(.seconds(100)), by: .commandLine)
            home.clock.step(seconds: 200)
            #expect(try await ledger.verify(key.secret) == .expired)
            #expect(try await ledger.verify(rotated.secret) == .revoked)
            home.clock.step(seconds: -200)
            #expect(try await ledger.verify(key.secret) == .expired)
            #expect(try await ledger.verify(rotated.secret) == .revoked)
            try await ledger.settle()
            home.clock.advance(seconds: 20)
            let other = try await ledger.newKey()
            let entry = try #require(try ledger.log(of: other.id).last)
            #expect(entry.event.occurredAt == home.clock.now && entry.event.recordedAt == home.clock.now.adding(seconds: 180))
            #expect(try ledger.key(other.id)?.status(at: ledger.time.now) == .active)
        }
        // Nor does it for who opens the ledger later.
        try await home.withLedger { (ledger: Ledger) async throws -> Void in
            #expect(ledger.time.now == home.clock.now.adding(seconds: 180))
        }
    }

    /// Uses, counted or not, are never dated before the record that they reflect, and an older secret whose end has come is never given another
    /// one, whatever the clock does.
    @Test(arguments: [UseRecording.durable, .buffered, .aggregated(window: .seconds(5))])
    func whateverTheClockDoes(_ recording: UseRecording) async throws {
        let seed = printedSeed()
        for round in 0..<3 as Range<UInt64> {
            let home = TestHome(seed: seed &+ round)
            var random = SplitMix64(seed: seed &+ round)
            var life = RandomLife()
            try await home.withLedger(recording) { (ledger: Ledger) async throws -> Void in
                var offset: Int64 = 0
                for _ in 0..<200 {
                    try await life.step(ledger, home, &random)
                    guard random.chance(15) else { continue }
                    let other = Int64.random(in: -110...110, using: &random)
                    home.clock.step(seconds: other - offset)
                    offset = other
                }
                try await ledger.settle()
                try Self.check(ledger.log())
                #expect(try await ledger.maintenance.replay(isCheck: true) { _, _ in }.differences.count == 0)
            }
        }
    }

    /// Checks the times of a log by a fold of its own.
    private static func check(_ log: [Entry]) throws {
        var retirements: [KeyID: [UInt32: Timestamp]] = [:]
        for entry in log {
            let (event, key) = (entry.event, entry.event.keyID)
            if let use = entry.use {
                #expect(use.decidedAt >= log[Int(use.decidedAtPosition)].event.recordedAt, "\(entry.position)")
            }
            switch event.body {
            case .secretAdded(_, let older, _):
                let due = retirements[key, default: [:]].filter { $0.value <= event.recordedAt }
                #expect(due.isEmpty, "\(entry.position): \(due)")
                // An end by the first use alone, where the grace was to be extended, takes the place of a time.
                if let older {
                    for id in secrets(of: key, in: log, before: entry.position) { retirements[key, default: [:]][id] = older.date }
                }
            case .secretRetired(let id): retirements[key]?[id] = nil
            default: break
            }
        }
    }

    /// Those that live by what was recorded before.
    private static func secrets(of key: KeyID, in log: [Entry], before position: UInt64) -> Set<UInt32> {
        var live: Set<UInt32> = []
        for entry in log[..<Int(position)] where entry.event.keyID == key {
            switch entry.event.body {
            case .created(let created): live.insert(created.secret.id)
            case .secretAdded(let secret, _, _): live.insert(secret.id)
            case .secretRetired(let id): live.remove(id)
            default: break
            }
        }
        return live
    }

    /// A window that lies before midnight and is recorded after it: the day and the span say the same of it, as does the past.
    @Test func aDayAndASpanCountTheSame() async throws {
        let home = TestHome(seed: printedSeed(), clock: TestClock(start: Timestamp(seconds: 1_800_057_590)))
        try await home.withLedger(.aggregated(window: .seconds(10))) { ledger in
            let midnight = Timestamp(seconds: 1_800_057_600)
            let key = try await ledger.newKey()
            for _ in 0..<80 { #expect(try await ledger.verify(key.secret) == .valid) }
            home.clock.advance(seconds: 11)
            ledger.recorder.flush(endedAt: ledger.time.now)
            try await ledger.flush()
            home.clock.advance(seconds: 86_400)
            for (start, uses) in [(midnight.adding(seconds: -86_400), 0), (midnight, 80)] as [(Timestamp, UInt64)] {
                let end = start.adding(seconds: 86_400)
                let span = try ledger.past.span(from: .time(start), to: .time(end))
                let spanUses = try ledger.past.usage(of: key.id, in: span, for: .commandLine).usage.counts.uses
                #expect(spanUses == uses)
                for bucket in [Views.Bucket.day, .hour] {
                    let buckets = try ledger.keys.buckets(bucket, of: key.id, from: start, to: end, limit: 100, for: .commandLine)
                    #expect(buckets.reduce(0) { $0 + $1.counts.uses } == uses)
                }
            }
            #expect(
                try ledger.past.key(key.id, at: ledger.past.asOf(.time(midnight), field: "at"), for: .commandLine).usage.counts.uses == 0)
        }
    }
}

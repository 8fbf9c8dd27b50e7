import Bytes
import EventLog
import KeyEvents
import TestSupport
import Testing

@testable import Projections

@Suite("Usage at any position", .holdsLedgers)
struct PastUsageTests {
    /// What people are told of a key's usage.
    private struct Counted: Equatable {
        var uses: UInt64 = 0
        var refusals: [RefusalCode: UInt64] = [:]
        var first: Timestamp?
        var last: Timestamp?
        var lastRefused: Timestamp?
        var secrets: [UInt32: Timestamp] = [:]
        var events: UInt64 = 0

        init() {}

        init(_ usage: KeyUsage) {
            (uses, refusals, events) = (usage.counts.uses, usage.counts.refusals, usage.events)
            (first, last, lastRefused) = (usage.firstUsedAt, usage.lastUsedAt, usage.lastRefusedAt)
            secrets = usage.secretUses
        }

        /// The plainest fold.
        mutating func add(_ event: Event) {
            events += 1
            switch event.body {
            case .used(let use):
                uses += use.count
                first = min(first ?? use.firstAt ?? use.decidedAt, use.firstAt ?? use.decidedAt)
                last = max(last ?? use.decidedAt, use.decidedAt)
                secrets[use.secretID] = max(secrets[use.secretID] ?? use.decidedAt, use.decidedAt)
            case .refused(let use, let code):
                refusals[code, default: 0] += use.count
                lastRefused = max(lastRefused ?? use.decidedAt, use.decidedAt)
            default: break
            }
        }
    }

    /// The usage is computed for all keys at once, and for each alone: the former reads whole intervals, the latter looks up records.
    @Test(arguments: [2, 5, 7, 19])
    func isTheFoldOfTheRecordsUpToIt(_ bits: Int) throws {
        var random = SplitMix64(seed: printedSeed())
        let log = try TestLog(snapshotBits: bits)
        var history = RandomHistory()
        try log.append(history.events(700, &random))
        let views = try log.views()
        try views.catchUp()
        let events = try log.events()
        let keys = history.keys + [KeyID(Bytes16(high: .max, low: 1))]
        var folds: [KeyID: Counted] = [:]
        for end in 0...events.count {
            if end > 0 { folds[events[end - 1].event.keyID, default: Counted()].add(events[end - 1].event) }
            let expected = keys.map { folds[$0] ?? Counted() }
            #expect(try views.usage(of: keys, before: UInt64(end)).map(Counted.init) == expected, "before \(end)")
            let index = Int.random(in: 0..<keys.count, using: &random)
            #expect(try views.usage(of: [keys[index]], before: UInt64(end)).map(Counted.init) == [expected[index]], "before \(end)")
        }
    }

    @Test func lifePositionsOfSeveralKeys() throws {
        var random = SplitMix64(seed: printedSeed())
        var history = RandomHistory()
        let log = try TestLog(history.events(400, &random))
        let views = try log.views()
        try views.catchUp()
        let events = try log.events()
        for end in stride(from: 0, through: 400, by: 37) {
            let expected = history.keys.map { key in
                events.prefix(end).filter { entry in
                    if case .used = entry.event.body { return false }
                    if case .refused = entry.event.body { return false }
                    return entry.event.keyID == key
                }.map(\.position)
            }
            #expect(try views.lifecyclePositions(of: history.keys, before: UInt64(end)) == expected)
        }
    }

    @Test func whatWasNotReadIsNotTakenForNothing() throws {
        let log = try TestLog()
        let key = KeyID(Bytes16(high: 1, low: 1))
        try log.append([.creation(of: key)])
        let views = try log.views()
        #expect(throws: LogError.self) { try views.usage(of: [key], before: 1) }
        try views.catchUp()
        #expect(try views.usage(of: [key], before: 1).map(\.events) == [1])
        #expect(throws: LogError.self) { try views.usage(of: [key], before: 2) }
    }
}

import KeyEvents
import Projections
import TestSupport
import Testing

@testable import Ledger
@testable internal import LedgerQueries

@Suite struct TimelineTests {
    @Test func isAFoldOfTheLogPageByPage() async throws {
        var random = SplitMix64(seed: printedSeed())
        let home = TestHome(seed: random.next())
        try await home.withLedger { ledger in
            let keys = [try await ledger.newKey("a", account: .hotel), try await ledger.newKey("b", account: .hotel)]
            let unused = try await ledger.newKey("c", account: .hotel)
            for _ in 0..<4 {
                for _ in 0..<40 { try await Self.step(ledger, home.clock, random.pick(keys), &random) }
                for key in keys + [unused] { try Self.compare(ledger, key.id, &random) }
            }
        }
    }

    /// Often several changes at one time; hours with and without uses; now and then the very end of an hour.
    private static func step(
        _ ledger: Ledger, _ clock: TestClock, _ key: (id: KeyID, secret: String), _ random: inout SplitMix64
    ) async throws {
        switch Int.random(in: 0..<10, using: &random) {
        case 0: clock.advance(seconds: Int64.random(in: 0..<20_000, using: &random))
        case 1: clock.advance(microseconds: 3_600_000_000 - clock.now.microseconds % 3_600_000_000)
        case 2, 3, 4: clock.advance(seconds: 5)
        default: break
        }
        switch Int.random(in: 0..<8, using: &random) {
        case 0: _ = try await ledger.commands.disableKey(key.id, by: .commandLine)
        case 1: _ = try await ledger.commands.enableKey(key.id, by: .commandLine)
        case 2, 3: _ = try await ledger.commands.changeKey(key.id, KeyChange(name: "\(random.next())"), by: .commandLine)
        default: _ = try await ledger.verify(key.secret)
        }
    }

    private static func compare(_ ledger: Ledger, _ key: KeyID, _ random: inout SplitMix64) throws {
        let all = naive(try ledger.log(of: key))
        let caller = Caller.holder(.hotel)
        for limit in [1, 2, 7, 1_000] {
            var items: [Line] = []
            var before: Timestamp?
            repeat {
                let page = try ledger.events.timeline(of: key, before: before, limit: limit, for: caller)
                if let before { #expect(page.items.allSatisfy { $0.time < before }) }
                // No more than it takes to leave none behind that shares the time of the last.
                #expect(page.items.dropFirst(limit).allSatisfy { $0.time == page.items[limit - 1].time })
                #expect(page.next == nil || page.items.count >= limit && page.next == page.items.last?.time)
                items += page.items.map(Line.init)
                before = page.next
            } while before != nil
            #expect(items == all)
        }
        for edge in all.map(\.time) + [
            ledger.time.now, Timestamp(seconds: -1), Timestamp(microseconds: .min), Timestamp(microseconds: .max),
        ] {
            let page = try ledger.events.timeline(of: key, before: edge, limit: .max - 1, for: caller)
            #expect(page.next == nil && page.items.map(Line.init) == all.filter { $0.time < edge })
        }
        for _ in 0..<5 {
            let start = ledger.time.now.adding(seconds: -Int64.random(in: 0..<200_000, using: &random))
            let hour = start.second / 3600
            let expected = try ledger.log(of: key).filter { $0.event.recordedAt.second / 3600 >= hour }.compactMap(\.accepted)
            #expect(try ledger.events.uses(of: key, since: start, for: caller) == expected.reduce(0) { $0 + $1.count })
        }
    }

    private struct Line: Equatable {
        let time: Timestamp
        var entry: UInt64?
        var event: Event?
        var name: String?
        var hour: UsageCounts?

        init(_ item: Timeline.Item) {
            time = item.time
            switch item {
            case .event(let recorded):
                entry = recorded.position
                event = recorded.event
                name = recorded.personal?.name
            case .hour(_, let counts): hour = counts
            }
        }
    }

    private static func naive(_ log: [Entry]) -> [Line] {
        var events: [Timeline.Item] = []
        var hours: [Int64: UsageCounts] = [:]
        for entry in log {
            guard let use = entry.use else {
                events.append(.event(RecordedEvent(position: entry.position, event: entry.event, personal: entry.personal)))
                continue
            }
            let hour = entry.event.recordedAt.second / 3600
            if let code = entry.refusal {
                hours[hour, default: UsageCounts()].refusals[code, default: 0] += use.count
            } else {
                hours[hour, default: UsageCounts()].uses += use.count
            }
        }
        let items = events + hours.map { .hour(start: Timestamp(seconds: $0.key * 3600), $0.value) }
        return items.map(Line.init).sorted { a, b in
            if a.time != b.time { return a.time > b.time }
            guard let left = a.entry, let right = b.entry else { return b.entry == nil }
            return left > right
        }
    }

    @Test func anotherAccountsKeyHasNone() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let key = try await ledger.newKey(account: .hotel)
            let stranger = Caller.holder(.hostel)
            #expect(throws: ServiceError.unknownKey) { try ledger.events.timeline(of: key.id, limit: 5, for: stranger) }
            #expect(throws: ServiceError.unknownKey) { try ledger.events.uses(of: key.id, since: ledger.time.now, for: stranger) }
            let blind = Caller.holder(.hotel, [.verify])
            #expect(throws: ServiceError.missingPermission(.keysRead)) { try ledger.events.timeline(of: key.id, limit: 5, for: blind) }
            #expect(throws: ServiceError.missingPermission(.keysRead)) {
                try ledger.events.uses(of: key.id, since: ledger.time.now, for: blind)
            }
        }
    }
}

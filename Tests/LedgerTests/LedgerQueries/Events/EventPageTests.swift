import EventLog
import KeyEvents
import TestSupport
import Testing

@testable import Ledger
@testable internal import LedgerQueries

@Suite struct EventPageTests {
    private typealias Key = (id: KeyID, secret: String)

    /// Records uses in one batch, as many as it takes to have a long log quickly.
    private static func use(_ key: Key, of account: AccountID, times: Int, _ ledger: Ledger) throws {
        try ledger.sequencer.transact { transaction, appender in
            for _ in 0..<times {
                let use = Event.Use(secretID: 1, decidedAtPosition: appender.nextPosition - 1, decidedAt: appender.recordedAt)
                _ = try appender.append(
                    Event(keyID: key.id, accountID: account, actor: .commandLine, body: .used(use)), &transaction)
            }
        }
    }

    private static func positions(_ entries: [Entry], _ filter: EventFilter, from start: UInt64) -> [UInt64] {
        entries.filter { entry in
            let event = entry.event
            return entry.position >= start && (filter.key.map { $0 == event.keyID } ?? true)
                && (filter.account.map { $0 == event.accountID } ?? true)
                && (filter.types.isEmpty || filter.types.contains { $0.rawValue == event.body.type })
                && (filter.since.map { event.recordedAt >= $0 } ?? true) && (filter.until.map { event.recordedAt < $0 } ?? true)
        }.map(\.position)
    }

    /// Page after page, until nothing is left for now.
    private static func walk(
        _ ledger: Ledger, _ filter: EventFilter, from start: UInt64, limit: Int, bytes: Int = 1 << 20
    ) throws -> (positions: [UInt64], pages: Int, last: EventPage) {
        var (found, pages, next): ([UInt64], Int, UInt64) = ([], 0, start)
        while true {
            let page = try ledger.events.eventPage(filter, from: next, limit: limit, bytes: bytes)
            #expect(page.events.count <= limit)
            #expect(page.events.allSatisfy { $0.position >= next && $0.position < page.next })
            found += page.events.map(\.position)
            pages += 1
            guard page.rest == .unread else { return (found, pages, page) }
            #expect(page.next > next)
            next = page.next
        }
    }

    @Test func pagesAreTheFilteredLog() async throws {
        var random = SplitMix64(seed: printedSeed())
        let home = TestHome(seed: random.next())
        try await home.withLedger { ledger in
            var keys: [(key: Key, account: AccountID)] = []
            for number in 0..<6 {
                let account = [AccountID.operator, .hotel, .hostel][number % 3]
                keys.append((try await ledger.newKey("\(number)", account: account), account))
            }
            for _ in 0..<120 {
                let (key, account) = random.pick(keys)
                switch Int.random(in: 0..<8, using: &random) {
                case 0: _ = try await ledger.commands.disableKey(key.id, by: .commandLine)
                case 1: _ = try await ledger.commands.enableKey(key.id, by: .commandLine)
                case 2: _ = try await ledger.commands.changeKey(key.id, KeyChange(name: "\(random.next())"), by: .commandLine)
                default: try Self.use(key, of: account, times: Int.random(in: 1...400, using: &random), ledger)
                }
                if Bool.random(using: &random) { home.clock.advance(seconds: Int64.random(in: 0..<100, using: &random)) }
            }
            let log = try ledger.log()
            #expect(log.count > Int(EventQueries.maxExamined))
            for _ in 0..<60 {
                var filter = EventFilter()
                if Bool.random(using: &random) { filter.key = random.pick(keys).key.id }
                if Bool.random(using: &random) { filter.account = random.pick([.operator, .hotel, .hostel]) }
                for _ in 0..<Int.random(in: 0...2, using: &random) { filter.types.insert(random.pick(EventType.allCases)) }
                let times = [random.pick(log).event.recordedAt, random.pick(log).event.recordedAt].sorted()
                if Bool.random(using: &random) { filter.since = times[0] }
                if Bool.random(using: &random) { filter.until = times[1] }
                let start = UInt64.random(in: 0...UInt64(log.count), using: &random)
                let limit = random.pick([1000, 5000, 20_000])
                let (found, _, last) = try Self.walk(ledger, filter, from: start, limit: limit)
                #expect(found == Self.positions(log, filter, from: start), "\(filter) from \(start), \(limit) a page")
                let isOver = filter.until.map { until in log.contains { $0.event.recordedAt >= until } } ?? false
                #expect(last.rest == (isOver ? .none : .unwritten), "\(filter) from \(start)")
            }
        }
    }

    @Test func aPageLooksAtABoundedNumberOfRecords() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let (busy, quiet) = (try await ledger.newKey("busy"), try await ledger.newKey("quiet", account: .hotel))
            try Self.use(busy, of: .operator, times: 25_000, ledger)
            _ = try await ledger.commands.disableKey(quiet.id, by: .commandLine)
            for filter in [EventFilter(account: .hotel), EventFilter(types: [.keyDisabled])] {
                let page = try ledger.events.eventPage(filter, from: 2, limit: 100, bytes: 1 << 20)
                #expect(page.events.isEmpty && page.rest == .unread && page.next == 2 + EventQueries.maxExamined)
                let walked = try Self.walk(ledger, filter, from: 2, limit: 100)
                #expect(walked.positions == [25_002] && walked.pages == 3)
            }
            // A key's own events stand in its history, however much happened between.
            let page = try ledger.events.eventPage(EventFilter(key: quiet.id), from: 0, limit: 100, bytes: 1 << 20)
            #expect(page.events.map(\.position) == [1, 25_002] && page.next == 25_003 && page.rest == .unwritten)
            // But one of many uses is looked at in pieces too.
            let revoked = EventFilter(key: busy.id, types: [.keyRevoked])
            #expect(try ledger.events.eventPage(revoked, from: 0, limit: 100, bytes: 1 << 20).rest == .unread)
            #expect(try Self.walk(ledger, revoked, from: 0, limit: 100).positions.isEmpty)
            // And a page holds so many bytes.
            let small = try ledger.events.eventPage(EventFilter(), from: 2, limit: 10_000, bytes: 1_000)
            #expect(small.rest == .unread && (5..<50).contains(small.events.count))
            #expect(try Self.walk(ledger, EventFilter(), from: 0, limit: 10_000, bytes: 100_000).positions.count == 25_003)
        }
    }

    @Test func beyondTheHeadAndBeforeAnythingIsNothing() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            #expect(try ledger.events.eventPage(EventFilter(), from: 0, limit: 10, bytes: 1000).rest == .unwritten)
            _ = try await ledger.newKey()
            let beyond = try ledger.events.eventPage(EventFilter(), from: 7, limit: 10, bytes: 1000)
            #expect(beyond.events.isEmpty && beyond.next == 7 && beyond.rest == .unwritten)
            let past = try ledger.events.eventPage(EventFilter(until: Timestamp(seconds: 0)), from: 0, limit: 10, bytes: 1000)
            #expect(past.events.isEmpty && past.rest == .none)
            let future = try ledger.events.eventPage(
                EventFilter(since: home.clock.now.adding(seconds: 60)), from: 0, limit: 10, bytes: 1000)
            #expect(future.events.isEmpty && future.rest == .unwritten)
        }
    }

    @Test func aFilterIsWhatItsCallerMaySee() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let (mine, theirs) = (try await ledger.newKey(account: .hotel), try await ledger.newKey(account: .hostel))
            let caller = Caller.holder(.hotel, [.logRead])
            #expect(try ledger.events.filter(EventFilter(), for: caller).account == .hotel)
            #expect(try ledger.events.filter(EventFilter(key: mine.id, account: .hotel), for: caller).key == mine.id)
            #expect(throws: ServiceError.unknownKey) { try ledger.events.filter(EventFilter(key: theirs.id), for: caller) }
            #expect(throws: ServiceError.unknownAccount) { try ledger.events.filter(EventFilter(account: .hostel), for: caller) }
            #expect(throws: ServiceError.unknownAccount) { try ledger.events.filter(EventFilter(account: .operator), for: caller) }
            #expect(throws: ServiceError.missingPermission(.logRead)) {
                try ledger.events.filter(EventFilter(), for: .holder(.hotel, [.keysRead]))
            }
            #expect(try ledger.events.filter(EventFilter(account: .hostel), for: .commandLine).account == .hostel)
            #expect(throws: ServiceError.unknownAccount) {
                try ledger.events.filter(EventFilter(account: AccountID("nobody")), for: .commandLine)
            }
        }
    }
}

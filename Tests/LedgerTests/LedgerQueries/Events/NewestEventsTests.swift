import KeyEvents
import Projections
import TestSupport
import Testing
import Validation

@testable import Ledger
@testable internal import LedgerQueries

/// What is read from the newest event back is the log, reversed and filtered, page by page.
@Suite struct NewestEventsTests {
    private static let outcomes: [RequestOutcome] =
        [.any, .accepted, .refused] + [RefusalCode.disabled, .insufficientScope, .expired].map(RequestOutcome.refusedFor)

    @Test func pagesAreTheFilteredLogReversed() async throws {
        var random = SplitMix64(seed: printedSeed())
        let home = TestHome(seed: random.next())
        try await home.withLedger { ledger in
            var keys: [(id: KeyID, secret: String)] = []
            for name in ["a", "b", "c"] { keys.append(try await ledger.newKey(name, account: .hotel)) }
            keys.append(try await ledger.newKey("d", account: .hostel))
            let unused = try await ledger.newKey("e", account: .hotel)
            for _ in 0..<4 {
                for _ in 0..<60 { try await Self.step(ledger, home.clock, random.pick(keys), &random) }
                try await ledger.settle()
                for key in keys + [unused] { try Self.compare(ledger, key.id) }
                try Self.compareActivity(ledger, &random)
            }
        }
    }

    /// Often several events at one time; hours with and without uses; now and then the very end of an hour.
    private static func step(
        _ ledger: Ledger, _ clock: TestClock, _ key: (id: KeyID, secret: String), _ random: inout SplitMix64
    ) async throws {
        switch Int.random(in: 0..<10, using: &random) {
        case 0: clock.advance(seconds: Int64.random(in: 0..<20_000, using: &random))
        case 1: clock.advance(microseconds: 3_600_000_000 - clock.now.microseconds % 3_600_000_000)
        case 2, 3, 4: clock.advance(seconds: 5)
        default: break
        }
        let account = try ledger.key(key.id)?.accountID ?? .hotel
        switch Int.random(in: 0..<9, using: &random) {
        case 0: _ = try await ledger.commands.disableKey(key.id, by: .commandLine)
        case 1: _ = try await ledger.commands.enableKey(key.id, by: .commandLine)
        case 2: _ = try await ledger.commands.changeKey(key.id, KeyChange(name: "\(random.next())"), by: .holder(account))
        case 3, 4: _ = try await ledger.verify(key.secret, AccessCheck(scopes: ["listings:write"]))
        default: _ = try await ledger.verify(key.secret)
        }
    }

    private static func compare(_ ledger: Ledger, _ id: KeyID) throws {
        let log = try ledger.log(of: id).reversed()
        let caller = Caller.commandLine
        for limit in [1, 3, 50, 10_000] {
            let events = try pages(limit) { try ledger.events.lifecycle(of: id, before: $0, limit: limit, for: caller) }
            #expect(events == log.filter { $0.use == nil }.map(Line.init))
            for outcome in outcomes {
                let requests = try pages(limit) { try ledger.events.requests(of: id, outcome, before: $0, limit: limit, for: caller) }
                #expect(requests == log.filter { $0.use != nil && outcome.includes($0.refusal) }.map(Line.init), "\(outcome), \(limit)")
            }
        }
        #expect(try ledger.events.lastUse(of: id, for: caller)?.position == log.first { $0.accepted != nil }?.position)
        let creation = try ledger.events.creation(of: id, for: caller)
        #expect(creation?.position == log.last?.position && creation?.personal?.name == log.last?.personal?.name)
        // What no page begins with is a place in the log all the same.
        for edge in [0, 1, 7, UInt64.max - 1, .max] {
            let all = try ledger.events.requests(of: id, .refused, before: edge, limit: 10_000, for: caller)
            #expect(all.events.map(\.position) == log.filter { $0.refusal != nil && $0.position < edge }.map(\.position))
        }
    }

    private static func compareActivity(_ ledger: Ledger, _ random: inout SplitMix64) throws {
        let log = try ledger.log().reversed().filter { $0.event.keyID != .none && $0.use == nil }
        let times = log.map(\.event.recordedAt)
        let since = random.pick(times)
        for account in [nil, AccountID.hotel, .hostel] as [AccountID?] {
            for types in [[], [.keyChanged], [.keyDisabled, .keyEnabled]] as [Set<EventType>] {
                let filters = [
                    EventFilter(account: account, types: types), EventFilter(account: account, types: types, since: since),
                    EventFilter(account: account, types: types, until: since),
                ]
                for filter in filters {
                    for limit in [2, 10_000] {
                        let expected = log.filter { entry in
                            (account.map { $0 == entry.event.accountID } ?? true)
                                && (types.isEmpty || entry.event.body.kind.map(types.contains) ?? false)
                                && (filter.since.map { entry.event.recordedAt >= $0 } ?? true)
                                && (filter.until.map { entry.event.recordedAt < $0 } ?? true)
                        }
                        let found = try pages(limit) {
                            try ledger.events.activity(filter, before: $0, limit: limit, for: .commandLine)
                        }
                        #expect(found == expected.map(Line.init))
                        let byPeople = try pages(limit) {
                            try ledger.events.activity(filter, before: $0, limit: limit, for: .commandLine) {
                                $0.event.actor.kind == .account
                            }
                        }
                        #expect(byPeople == expected.filter { $0.event.actor.kind == .account }.map(Line.init))
                    }
                }
            }
        }
        let own = try ledger.events.activity(EventFilter(), limit: 10_000, for: .holder(.hostel))
        #expect(own.events.map(\.position) == log.filter { $0.event.accountID == .hostel }.map(\.position))
    }

    /// Reads all pages.
    private static func pages(_ limit: Int, _ read: (UInt64?) throws -> NewestEvents) throws -> [Line] {
        var lines: [Line] = []
        var before: UInt64?
        repeat {
            let page = try read(before)
            #expect(page.events.count <= limit)
            #expect(page.next == nil || before == nil || page.next ?? 0 < before ?? 0)
            lines += page.events.map { Line(position: $0.position, event: $0.event) }
            before = page.next
        } while before != nil
        return lines
    }

    private struct Line: Equatable {
        let position: UInt64
        let event: Event

        init(position: UInt64, event: Event) {
            self.position = position
            self.event = event
        }

        init(_ entry: Entry) { self.init(position: entry.position, event: entry.event) }
    }

    /// One refusal among thousands of uses is found at once, and one among more than a search reads by the next page.
    @Test func aRareRefusalIsFound() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let key = try await ledger.newKey(account: .hotel)
            _ = try await ledger.verify(key.secret, AccessCheck(scopes: ["listings:write"]))
            try await ledger.settle()
            home.clock.advance(seconds: 7200)
            for _ in 0..<300 { _ = try await ledger.verify(key.secret) }
            let found = try ledger.events.requests(of: key.id, .refused, limit: 10, for: .commandLine)
            #expect(found.events.count == 1 && found.next == nil)
            #expect(try ledger.events.requests(of: key.id, .refusedFor(.revoked), limit: 10, for: .commandLine).events.isEmpty)
        }
    }

    @Test func anotherAccountsKeyHasNone() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let key = try await ledger.newKey(account: .hotel)
            func attempts(_ caller: Caller) -> [() throws -> Void] {
                [
                    { _ = try ledger.events.lifecycle(of: key.id, limit: 5, for: caller) },
                    { _ = try ledger.events.requests(of: key.id, limit: 5, for: caller) },
                    { _ = try ledger.events.uses(of: key.id, since: ledger.time.now, for: caller) },
                ]
            }
            for attempt in attempts(.holder(.hostel)) { #expect(throws: ServiceError.unknownKey) { try attempt() } }
            for attempt in attempts(.holder(.hotel, [.verify])) {
                #expect(throws: ServiceError.missingPermission(.keysRead)) { try attempt() }
            }
            #expect(throws: ServiceError.unknownKey) { try ledger.events.creation(of: key.id, for: .holder(.hostel)) }
            #expect(throws: ServiceError.unknownAccount) {
                try ledger.events.activity(EventFilter(account: .hotel), limit: 5, for: .holder(.hostel))
            }
            #expect(throws: ServiceError.missingPermission(.keysRead)) {
                try ledger.events.activity(EventFilter(), limit: 5, for: .holder(.hotel, [.verify]))
            }
            #expect(try ledger.events.activity(EventFilter(), limit: 5, for: .holder(.hostel)).events.isEmpty)
        }
    }
}

import KeyEvents
import Projections
import TestSupport
import Testing

@testable import Ledger
@testable internal import LedgerQueries

@Suite struct LedgerQueriesTests {
    @Test func aListShowsAnAccountsKeysPageByPage() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            var made: [AccountID: [KeyID]] = [:]
            for number in 0..<30 {
                home.clock.advance(microseconds: 1_000)
                let account = [AccountID.operator, .hotel, .hostel][number % 3]
                made[account, default: []].append(try await ledger.newKey("\(number)", account: account).id)
            }
            let all = made.values.flatMap { $0 }.sorted()
            #expect(try pages(ledger, .commandLine, nil, 7) == all)
            #expect(try pages(ledger, .commandLine, .hotel, 3) == made[.hotel])
            #expect(try pages(ledger, .holder(.hotel), nil, 4) == made[.hotel])
            #expect(try pages(ledger, .holder(.hotel), .hotel, 10) == made[.hotel])
            #expect(try pages(ledger, .holder(.hostel), nil, 9, newestFirst: true) == made[.hostel]?.reversed())
            #expect(try pages(ledger, .commandLine, AccountID(trusted: "host"), 9).isEmpty)
            #expect(try ledger.keys.listKeys(for: .commandLine, limit: 0).isEmpty)
        }
    }

    @Test func aPersonSeesWhatTheyJustDid() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let key = try await ledger.newKey()
            for count in 1...5 as ClosedRange<UInt64> {
                _ = try await ledger.verifier.verify(key.secret, actor: .commandLine)
                let listed = try #require(try ledger.keys.listKeys(for: .commandLine, limit: 1).first)
                #expect(listed.usage.counts.uses == count && listed.usage.lastUsedAt == home.clock.now)
                home.clock.advance(seconds: 1)
            }
        }
    }

    @Test func eventsComeInPagesFromAnywhere() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let keys = [try await ledger.newKey("a"), try await ledger.newKey("b")]
            try await withThrowingTaskGroup { group in
                for number in 0..<2500 {
                    group.addTask { _ = try await ledger.verifier.verify(keys[number % 2].secret, actor: .commandLine) }
                }
                try await group.waitForAll()
            }
            let log = try ledger.log()
            #expect(log.count == 2502)
            for key in [nil, keys[0].id, keys[1].id] {
                let expected = log.filter { key == nil || $0.event.keyID == key }.map(\.position)
                for (start, limit) in [(0, 10), (0, 1500), (5, 1), (1999, 400), (2501, 10), (2502, 10), (9999, 10), (0, 0)]
                    as [(UInt64, Int)]
                {
                    var found: [UInt64] = []
                    try ledger.events.events(of: key, from: start, limit: limit) { position, event, _ in
                        found.append(position)
                        #expect(event == log[Int(position)].event)
                    }
                    #expect(found == Array(expected.filter { $0 >= start }.prefix(limit)))
                }
            }
        }
    }

    @Test func followingEndsWithTheNextRecord() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            _ = try await ledger.newKey()
            #expect(try await ledger.log.waitForMore(than: 0) == 1)
            async let next = ledger.log.waitForMore(than: 1)
            try await Task.sleep(for: .milliseconds(30))
            _ = try await ledger.newKey()
            #expect(try await next == 2)
            let cancelled = Task { try await ledger.log.waitForMore(than: 2) }
            cancelled.cancel()
            await #expect(throws: CancellationError.self) { _ = try await cancelled.value }
        }
    }

    private func pages(
        _ ledger: Ledger, _ caller: Caller, _ account: AccountID?, _ size: Int, newestFirst: Bool = false
    ) throws -> [KeyID] {
        var found: [KeyID] = []
        while true {
            let page = try ledger.keys.listKeys(for: caller, account: account, after: found.last, limit: size, newestFirst: newestFirst)
            #expect(page.count <= size)
            if page.isEmpty { return found }
            found += page.map(\.key.state.id)
        }
    }
}

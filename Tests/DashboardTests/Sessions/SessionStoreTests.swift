import KeyEvents
import Testing

@testable import Dashboard

/// Sessions are bounded, and nobody's is ended for somebody else's.
@Suite struct SessionStoreTests {
    private static let now = Site.start

    private static func account(_ name: String) throws -> AccountID { try #require(AccountID(name)) }

    private static func key(_ number: UInt64) -> Session.Basis { .key(KeyID(at: now, random: (number, 0)), secret: 1) }

    @Test func aKeyWithTooManyEndsItsOwnOldest() throws {
        let store = SessionStore()
        let (acme, bolt) = (try Self.account("acme"), try Self.account("bolt"))
        #expect(store.start(Self.key(2), of: bolt, "another", at: Self.now))
        for number in 0..<5_000 {
            #expect(store.start(Self.key(1), of: acme, "\(number)", at: Self.now.adding(microseconds: Int64(number))))
        }
        #expect(store.count == SessionStore.maxPerHolder + 1)
        func isThere(_ token: String) -> Bool { store.session(token, at: Self.now.adding(seconds: 60), isVisit: true) != nil }
        #expect(isThere("another") && isThere("4999") && isThere("\(5_000 - SessionStore.maxPerHolder)"))
        #expect(!isThere("\(4_999 - SessionStore.maxPerHolder)"))
    }

    @Test func theOneUsedLongestAgoGoes() throws {
        let store = SessionStore()
        let acme = try Self.account("acme")
        for number in 0..<SessionStore.maxPerHolder {
            #expect(store.start(Self.key(1), of: acme, "\(number)", at: Self.now.adding(seconds: Int64(number))))
        }
        let later = Self.now.adding(seconds: 100)
        #expect(store.session("0", at: later, isVisit: true) != nil)
        #expect(store.start(Self.key(1), of: acme, "new", at: later))
        #expect(store.session("0", at: later, isVisit: true) != nil && store.session("1", at: later, isVisit: true) == nil)
    }

    /// One account fills half of the places; there is room for others ever after, and those who were there stay.
    @Test func anAccountHasNoMoreThanItsShare() throws {
        let store = SessionStore(maxSessions: 1000)
        func fill(_ name: String) throws -> Int {
            let account = try Self.account(name)
            return (0..<2000).count { number in
                store.start(.handedOver(.init(account: account, subject: "\(number)")), of: account, "\(name) \(number)", at: Self.now)
            }
        }
        #expect(try fill("acme") == 500)
        #expect(try fill("bolt") == 250)
        for number in 0..<50 { #expect(try fill("account\(number)") >= SessionStore.alwaysOfAccount) }
        #expect(store.session("acme 0", at: Self.now, isVisit: true) != nil && store.session("bolt 0", at: Self.now, isVisit: true) != nil)
        // Who signs out makes room.
        for number in 0..<500 { store.end("acme \(number)") }
        #expect(store.start(.link, of: .operator, "link", at: Self.now))
        // And so do sessions that ended by themselves.
        let later = Self.now + SessionStore.maxLifetime
        #expect(store.start(.link, of: .operator, "link again", at: later) && store.count == 1)
    }

    @Test func theDoorSaysThatThereIsNoRoom() async throws {
        try await Site.run { site in
            let account = try Self.account("acme")
            var number = 0
            while site.dashboard.sessions.start(
                .handedOver(.init(account: account, subject: "\(number)")), of: account, "\(number)", at: site.now)
            {
                number += 1
            }
            let token = try HandOverTests.token()
            let page = try await site.stranger.post(Dashboard.root + "/hand-over", [("token", token)])
            #expect(page.status == 429 && page.text.contains("your account"))
            let other = try HandOverTests.token(["account": "bolt"])
            #expect(try await site.stranger.post(Dashboard.root + "/hand-over", [("token", other)]).status == 303)
        }
    }
}

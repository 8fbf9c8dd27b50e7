import Bytes
import KeyEvents
import Projections
import TestSupport
import Testing

@testable import Ledger
@testable internal import LedgerQueries

/// Every command says who gave it and from where, sealed.
@Suite struct CallerAddressTests {
    private static let address = IPAddress("192.0.2.9")

    @Test func everyCommandSaysFromWhere() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let person = Caller(
                actor: Actor(kind: .account, id: "hotel"), account: .hotel, permissions: PermissionSet([.keysRead, .keysWrite]),
                label: "ana",
                address: Self.address)
            let key = try await ledger.newKey(by: person)
            _ = try await ledger.commands.changeKey(key.id, KeyChange(scopes: ["a:read"]), by: person)
            _ = try await ledger.commands.changeKey(key.id, KeyChange(name: "b"), by: person)
            _ = try await ledger.commands.rotateKey(key.id, olderRetires: .now, by: person)
            _ = try await ledger.commands.disableKey(key.id, by: person)
            _ = try await ledger.commands.enableKey(key.id, by: person)
            _ = try await ledger.commands.revokeKey(key.id, reason: "lost", by: person)
            let entries = try ledger.log()
            #expect(entries.count == 8)
            for entry in entries {
                #expect(entry.personal?.actorLabel == "ana" && entry.personal?.clientAddress == "192.0.2.9", "\(entry.type)")
            }
        }
        for file in home.files() { #expect(file.bytes.firstRange(of: Array("192.0.2.9".utf8)) == nil, "\(file.path)") }
    }

    @Test func aKeyAndWhoeverHoldsASecretSayFromWhere() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let admin = try await ledger.newKey("admin", permissions: [.admin])
            let (caller, _) = try ledger.verifier.authenticateCaller(admin.secret, from: Self.address)
            let key = try await ledger.newKey(account: .hotel, by: try #require(caller))
            _ = try await ledger.commands.revokeKey(bySecret: key.secret, from: IPAddress("198.51.100.1"))
            let entries = try ledger.log(of: key.id)
            #expect(entries.map(\.type) == ["KeyCreated", "KeyRevoked"])
            #expect(entries.map { $0.personal?.clientAddress } == ["192.0.2.9", "198.51.100.1"])
        }
    }

    /// What the ledger does by itself comes from nowhere.
    @Test func theSweepSaysNothing() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            await ledger.startSweep(home.clock)
            let key = try await ledger.newKey(account: .hotel, expiresAt: home.clock.now.adding(seconds: 10))
            for _ in 0..<12 {
                home.clock.advance(seconds: 1)
                await ledger.maintenance.sweepExpired()
            }
            let entry = try #require(try ledger.log(of: key.id).last)
            #expect(entry.type == "KeyExpired" && entry.event.sealed == nil)
        }
    }

    /// Which of the operators runs a script makes no other command of it.
    @Test func operatorsShareTheirCommandIDs() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            func user(_ name: String) -> Caller {
                Caller(actor: .commandLine, account: .operator, permissions: PermissionSet(Permission.allCases), label: name)
            }
            _ = try await ledger.commands.createKey(CreateKey(name: "a"), by: user("ana"), commandID: "same")
            #expect(try await ledger.commands.createKey(CreateKey(name: "a"), by: user("ben"), commandID: "same").outcome.isRepeat)
            #expect(try ledger.log().map { $0.personal?.actorLabel } == ["ana"])
        }
    }

    /// Who sees one account alone is told neither which operator acted nor from where; of uses it sees its own callers.
    @Test func anAccountIsNotToldWhichOperatorActed() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let admin = try await ledger.newKey("admin", permissions: [.admin])
            let caller = try #require(try ledger.verifier.authenticateCaller(admin.secret, from: Self.address).caller)
            let key = try await ledger.newKey(account: .hotel, by: caller)
            _ = try await ledger.verifier.verify(key.secret, context: UseContext(clientAddress: "203.0.113.1"), actor: .key(admin.id))
            let page = try ledger.events.eventPage(EventFilter(account: .hotel), from: 0, limit: 10, bytes: 1 << 20)
            let (holder, all) = (Caller.holder(.hotel), page.events.map { ledger.events.disclosed($0, to: .commandLine) })
            #expect(all.map { $0.personal?.clientAddress } == ["192.0.2.9", "203.0.113.1"])
            let shown = page.events.map { ledger.events.disclosed($0, to: holder) }
            #expect(shown.map { $0.personal?.clientAddress } == [nil, "203.0.113.1"])
            #expect(shown.map { $0.event.actor } == [Actor(kind: .operator, id: "operator"), Actor(kind: .operator, id: "operator")])
        }
    }
}

import KeyEvents
import Projections
import TestSupport
import Testing
import Validation

@testable import Ledger
@testable import LedgerQueries

/// Who may do what: permissions, grants, accounts.
@Suite struct CallerTests {
    private static let commands: [(String, @Sendable (Ledger, KeyID, Caller) async throws -> Void)] = [
        ("rename", { _ = try await $0.commands.changeKey($1, KeyChange(name: "x"), by: $2) }),
        ("disable", { _ = try await $0.commands.disableKey($1, by: $2) }),
        ("enable", { _ = try await $0.commands.enableKey($1, by: $2) }),
        ("revoke", { _ = try await $0.commands.revokeKey($1, reason: "lost", by: $2) }),
    ]

    @Test func nobodyGrantsWhatTheyLack() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let hotelWriter = Caller.holder(.hotel, [.keysWrite])
            let operatorWriter = Caller.holder(.operator, [.keysWrite, .verify])
            let everything = Permission.allCases
            let cases: [(Caller, [Permission], refused: [Permission])] = [
                (hotelWriter, [], []), (hotelWriter, [.keysWrite], []), (hotelWriter, [.keysRead, .keysWrite], [.keysRead]),
                (hotelWriter, [.admin], [.admin]), (operatorWriter, [.verify, .keysWrite], []), (operatorWriter, [.admin], [.admin]),
                (operatorWriter, [.logRead, .keysRead], [.logRead, .keysRead]), (.holder(.operator, [.admin]), everything, []),
                (.commandLine, everything, []),
                // What reaches beyond an account is an operator's to give, whatever the key holds.
                (.holder(.hotel, everything), [.verify], [.verify]),
                (.holder(.hotel, everything), [.admin, .logRead], [.admin, .logRead]),
                (.holder(.hotel, everything), [.keysRead, .keysWrite], []),
            ]
            for (caller, granted, refused) in cases {
                let request = CreateKey(name: "Mews", permissions: granted)
                let before = try ledger.log.lastPosition()
                if refused.isEmpty {
                    let made = try await ledger.commands.createKey(request, by: caller)
                    #expect(Set(made.outcome.key.state.permissions) == Set(granted))
                    let changed = try await ledger.commands.changeKey(
                        made.outcome.key.state.id, KeyChange(permissions: granted), by: caller)
                    #expect(!changed.isChange)
                } else {
                    await #expect(throws: ServiceError.cannotGrant(refused)) {
                        _ = try await ledger.commands.createKey(request, by: caller)
                    }
                    #expect(try ledger.log.lastPosition() == before)
                    let plain = try await ledger.newKey(by: caller)
                    await #expect(throws: ServiceError.cannotGrant(refused)) {
                        _ = try await ledger.commands.changeKey(plain.id, KeyChange(permissions: granted), by: caller)
                    }
                    #expect(try ledger.key(plain.id)?.permissions == [])
                }
            }
        }
    }

    @Test func withoutKeysWriteNothingIsWritten() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let key = try await ledger.newKey(account: .hotel)
            let reader = Caller.holder(.hotel, [.keysRead, .verify, .logRead])
            let before = try ledger.log.lastPosition()
            await #expect(throws: ServiceError.missingPermission(.keysWrite)) {
                _ = try await ledger.commands.createKey(CreateKey(name: "x"), by: reader)
            }
            for (name, command) in Self.commands {
                await #expect(throws: ServiceError.missingPermission(.keysWrite), "\(name)") { try await command(ledger, key.id, reader) }
            }
            #expect(try ledger.log.lastPosition() == before)
        }
    }

    @Test func aScopeIsNoPermission() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let key = try await ledger.newKey(scopes: ["*", "admin", "keys.write", "keys:*"])
            let caller = try #require(try ledger.verifier.authenticateCaller(key.secret).caller)
            for permission in Permission.allCases {
                #expect(throws: ServiceError.missingPermission(permission)) { try caller.require(permission) }
            }
            await #expect(throws: ServiceError.missingPermission(.keysWrite)) { _ = try await ledger.newKey(by: caller) }
            let admin = try await ledger.newKey(permissions: [.admin])
            let administrator = try #require(try ledger.verifier.authenticateCaller(admin.secret).caller)
            for permission in Permission.allCases { try administrator.require(permission) }
            // And a permission is no scope.
            #expect(try await ledger.verify(admin.secret, AccessCheck(scopes: ["keys.write"])) == .insufficientScope)
        }
    }

    @Test func anotherAccountsKeyIsUnknown() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let key = try await ledger.newKey("Mews", account: .hotel)
            let stranger = Caller.holder(.hostel)
            let nobody = KeyID(at: home.clock.now, random: (1, 2))
            _ = try await ledger.accounts.erasePersonalFields(of: .hotel)
            let before = try ledger.log.lastPosition()
            for id in [key.id, nobody] {
                for (name, command) in Self.commands {
                    await #expect(throws: ServiceError.unknownKey, "\(name)") { try await command(ledger, id, stranger) }
                }
                #expect(throws: ServiceError.unknownKey) { _ = try ledger.keys.decryptedKey(id, for: stranger) }
                #expect(throws: ServiceError.unknownKey) { _ = try ledger.keys.usage(of: id, for: stranger) }
                #expect(throws: ServiceError.unknownKey) {
                    _ = try ledger.keys.buckets(.day, of: id, from: .init(seconds: 0), to: home.clock.now, limit: 9, for: stranger)
                }
            }
            await #expect(throws: ServiceError.unknownAccount) {
                _ = try await ledger.commands.createKey(CreateKey(name: "x", account: .hotel), by: stranger)
            }
            await #expect(throws: ServiceError.unknownAccount) {
                _ = try await ledger.commands.createKey(CreateKey(name: "x", account: .operator), by: stranger)
            }
            #expect(throws: ServiceError.unknownAccount) { _ = try ledger.keys.listKeys(for: stranger, account: .hotel, limit: 9) }
            #expect(try ledger.keys.listKeys(for: stranger, limit: 9).isEmpty)
            #expect(try ledger.log.lastPosition() == before)
            // Nor did the attempts give the account a new data key.
            #expect(!home.files().contains { $0.path == "vault/hotel.key" })
        }
    }

    @Test func aStrongerKeyIsNotChangedOrEnabledButMayBeStopped() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let strong = try await ledger.newKey(permissions: [.admin])
            let writer = Caller.holder(.operator, [.keysWrite])
            let before = try ledger.log.lastPosition()
            for change in [KeyChange(name: "x"), KeyChange(scopes: ["*"]), KeyChange(permissions: []), KeyChange(expiry: .never)] {
                await #expect(throws: ServiceError.missingPermission(.admin)) {
                    _ = try await ledger.commands.changeKey(strong.id, change, by: writer)
                }
            }
            #expect(try ledger.log.lastPosition() == before)
            _ = try await ledger.commands.disableKey(strong.id, by: writer)
            await #expect(throws: ServiceError.missingPermission(.admin)) { _ = try await ledger.commands.enableKey(strong.id, by: writer) }
            _ = try await ledger.commands.enableKey(strong.id, by: .holder(.operator, [.admin]))
            _ = try await ledger.commands.revokeKey(strong.id, by: writer)
            #expect(try await ledger.verify(strong.secret) == .revoked)
        }
    }

    @Test func theActorStandsInTheLog() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let boss = try await ledger.newKey(account: .hotel, permissions: [.keysWrite])
            let caller = try #require(try ledger.verifier.authenticateCaller(boss.secret).caller)
            let made = try await ledger.newKey(by: caller)
            let event = try #require(try ledger.log(of: made.id).first?.event)
            #expect(event.actor == .key(boss.id) && event.accountID == .hotel)
            #expect(try ledger.log().first?.event.actor == .commandLine)
        }
    }
}

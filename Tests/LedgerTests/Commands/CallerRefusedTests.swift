import Bytes
import KeyEvents
import Projections
import TestSupport
import Testing
import Validation

@testable import Ledger

/// A key that was let in at the door commands only what it still may when the writer comes to it.
@Suite struct CallerRefusedTests {
    private static let commands: [@Sendable (Ledger, KeyID, Caller) async throws -> Void] = [
        { _ = try await $0.commands.createKey(CreateKey(name: "x"), by: $2) },
        { _ = try await $0.commands.changeKey($1, KeyChange(name: "y"), by: $2) },
        { _ = try await $0.commands.disableKey($1, by: $2) }, { _ = try await $0.commands.enableKey($1, by: $2) },
        { _ = try await $0.commands.revokeKey($1, by: $2) },
        // Nor is it told what it was told before.
        { _ = try await $0.commands.createKey(CreateKey(name: "first"), by: $2, commandID: "first") },
    ]

    @Test func anEndedKeyCommandsNothing() async throws {
        let home = TestHome(seed: printedSeed())
        let ends: [(VerdictCode, @Sendable (Ledger, KeyID) async throws -> Void)] = [
            (.revoked, { _ = try await $0.commands.revokeKey($1, by: .commandLine) }),
            (.disabled, { _ = try await $0.commands.disableKey($1, by: .commandLine) }),
            (.expired, { ledger, _ in home.clock.advance(seconds: 100) }),
        ]
        try await home.withLedger { ledger in
            for (code, end) in ends {
                let target = try await ledger.newKey(account: .hotel)
                let boss = try await ledger.newKey(
                    account: .hotel, permissions: [.keysWrite], expiresAt: home.clock.now.adding(seconds: 100))
                let caller = try #require(try ledger.verifier.authenticateCaller(boss.secret).caller)
                let first = CreateKey(name: "first", expiresAt: home.clock.now.adding(seconds: 50))
                _ = try await ledger.commands.createKey(first, by: caller, commandID: "first")
                try await end(ledger, boss.id)
                let before = try ledger.log.lastPosition()
                for command in Self.commands {
                    await #expect(throws: ServiceError.callerRefused(code)) { try await command(ledger, target.id, caller) }
                }
                #expect(try ledger.log.lastPosition() == before)
            }
            let nobody = Caller(
                actor: .key(KeyID(Bytes16(high: 1, low: 2))), account: .hotel, permissions: PermissionSet([.keysWrite]))
            let hotel = try await ledger.newKey(account: .hotel, permissions: [.keysWrite])
            let elsewhere = Caller(actor: .key(hotel.id), account: .operator, permissions: PermissionSet([.keysWrite]))
            for caller in [nobody, elsewhere] {
                await #expect(throws: ServiceError.callerRefused(.notFound)) { _ = try await ledger.newKey(by: caller) }
            }
        }
    }

    @Test func whatItMayNoLongerItDoesNoLonger() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let boss = try await ledger.newKey(permissions: [.keysWrite, .keysRead, .verify])
            let strong = try await ledger.newKey(permissions: [.verify])
            let caller = try #require(try ledger.verifier.authenticateCaller(boss.secret).caller)
            _ = try await ledger.commands.changeKey(boss.id, KeyChange(permissions: [.keysWrite, .keysRead]), by: .commandLine)
            await #expect(throws: ServiceError.cannotGrant([.verify])) { _ = try await ledger.newKey(permissions: [.verify], by: caller) }
            await #expect(throws: ServiceError.missingPermission(.verify)) {
                _ = try await ledger.commands.changeKey(strong.id, KeyChange(name: "x"), by: caller)
            }
            let weak = try await ledger.newKey(permissions: [.keysRead], by: caller)
            await #expect(throws: ServiceError.cannotGrant([.verify])) {
                _ = try await ledger.commands.changeKey(weak.id, KeyChange(permissions: [.verify]), by: caller)
            }
            _ = try await ledger.commands.changeKey(boss.id, KeyChange(permissions: [.keysRead]), by: .commandLine)
            await #expect(throws: ServiceError.missingPermission(.keysWrite)) {
                _ = try await ledger.commands.revokeKey(weak.id, by: caller)
            }
            // More, too, counts at once.
            _ = try await ledger.commands.changeKey(boss.id, KeyChange(permissions: [.admin]), by: .commandLine)
            #expect(try await ledger.commands.changeKey(strong.id, KeyChange(name: "x"), by: caller).isChange)
        }
    }

    @Test func aKeyMayEndItself() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let boss = try await ledger.newKey(permissions: [.keysWrite])
            let caller = try #require(try ledger.verifier.authenticateCaller(boss.secret).caller)
            #expect(try await ledger.commands.revokeKey(boss.id, by: caller).isChange)
            await #expect(throws: ServiceError.callerRefused(.revoked)) { _ = try await ledger.commands.revokeKey(boss.id, by: caller) }
        }
    }
}

import Foundation
import KeyEvents
import Projections
import TestSupport
import Testing

@testable import Ledger
@testable internal import LedgerQueries

/// Persons of an account, named by the host product.
@Suite struct CallerLabelTests {
    @Test func everyEventSaysWhoSealed() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let ana = Self.person("ana.with.a.rare.name@hotel.example")
            let key = try await ledger.newKey(by: ana)
            _ = try await ledger.commands.changeKey(key.id, KeyChange(scopes: ["a:read"]), by: ana)
            _ = try await ledger.commands.disableKey(key.id, by: ana)
            _ = try await ledger.commands.enableKey(key.id, by: Self.person("ben"))
            // A data key made anew for the label alone.
            _ = try await ledger.accounts.erasePersonalFields(of: .hotel)
            _ = try await ledger.commands.revokeKey(key.id, by: Self.person("ben"))
            let labels = try ledger.log().map { $0.personal?.actorLabel }
            #expect(labels == [nil, nil, nil, nil, nil, "ben"])
            #expect(
                try ledger.log().filter { $0.event.keyID != .none }.allSatisfy { $0.event.sealed != nil && $0.event.actor.id == "hotel" })
        }
        for file in home.files() { #expect(file.bytes.firstRange(of: Array("ana.with.a.rare.name".utf8)) == nil, "\(file.path)") }
    }

    @Test func theLabelIsReadable() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let key = try await ledger.newKey(by: Self.person("ana"))
            _ = try await ledger.commands.disableKey(key.id, by: Self.person("ben"))
            _ = try await ledger.commands.revokeKey(key.id, reason: "lost", by: Self.person("ana"))
            #expect(try ledger.log().map { $0.personal?.actorLabel } == ["ana", "ben", "ana"])
            #expect(try ledger.keys.decryptedKey(key.id, for: .commandLine).name == "Mews")
        }
    }

    @Test func aDamagedVaultStopsNoRevocation() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let key = try await ledger.newKey(by: Self.person("ana"))
            try "x".write(toFile: home.folder.vault + "/hotel.key", atomically: true, encoding: .utf8)
            #expect(try await ledger.commands.revokeKey(key.id, by: Self.person("ana")).isChange)
            #expect(home.reports.count == 1)
        }
    }

    @Test func personsHaveCommandIDsOfTheirOwn() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            for person in ["ana", "ben"] {
                let made = try await ledger.commands.createKey(CreateKey(name: person), by: Self.person(person), commandID: "same")
                #expect(made.secret != nil)
            }
            #expect(try await ledger.commands.createKey(CreateKey(name: "ana"), by: Self.person("ana"), commandID: "same").outcome.isRepeat)
            #expect(try ledger.types() == ["KeyCreated", "KeyCreated"])
        }
    }

    @Test func aLabelFitsARecord() {
        #expect(Self.person("a\nb").label == "ab")
        #expect(Self.person("").label == nil)
        #expect(Self.person(String(repeating: "x", count: 10_000)).label?.utf8.count == 256)
    }

    private static func person(_ label: String) -> Caller {
        Caller(
            actor: Actor(kind: .account, id: "hotel"), account: .hotel, permissions: PermissionSet([.keysRead, .keysWrite]), label: label)
    }
}

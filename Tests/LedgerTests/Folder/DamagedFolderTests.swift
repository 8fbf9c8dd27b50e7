import Bytes
import EventLog
import Foundation
import KeyEvents
import Projections
import Storage
import TestSupport
import Testing
import Validation

@testable import Ledger
@testable internal import LedgerQueries

/// What may be lost without stopping the rest: keys are validated, and above all revoked, without it.
@Suite(.holdsLedgers) struct DamagedFolderTests {
    @Test func withoutItsVaultEverythingElseWorks() async throws {
        let home = TestHome(seed: printedSeed())
        let key = try await home.withLedger { try await $0.newKey(account: .hotel) }
        try FileManager.default.removeItem(atPath: home.folder.vault)
        try await home.withLedger { ledger in
            #expect(home.reports.count == 1 && home.reports[0].contains("restore it"), "\(home.reports)")
            let attributes = try FileManager.default.attributesOfItem(atPath: home.folder.vault)
            #expect(attributes[.posixPermissions] as? Int == 0o700)
            let context = UseContext(clientAddress: "192.0.2.1", method: "GET", path: "/")
            #expect(try await ledger.verifier.verify(key.secret, context: context, actor: .commandLine).code == .valid)
            #expect(try ledger.keys.decryptedKey(key.id, for: .commandLine).name == nil)
            let other = try await ledger.newKey("new", account: .hotel)
            #expect(try ledger.keys.decryptedKey(other.id, for: .commandLine).name == "new")
            _ = try await ledger.commands.revokeKey(key.id, by: .commandLine)
            #expect(try await ledger.verify(key.secret) == .revoked)
        }
        // The new key of the account needed a data key, and the one before is lost.
        #expect(home.reports.count == 2 && home.reports[1].contains("hotel is lost"), "\(home.reports)")
    }

    @Test(arguments: ["x", "keyledger data key 9\n"])
    func aDataKeyThatCannotBeReadStopsNoUse(_ content: String) async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let key = try await ledger.newKey(account: .hotel)
            let file = home.folder.vault + "/hotel.key"
            let good = try String(contentsOfFile: file, encoding: .utf8)
            try content.write(toFile: file, atomically: true, encoding: .utf8)
            let context = UseContext(clientAddress: "192.0.2.1", method: "GET", path: "/")
            for _ in 0..<3 {
                #expect(try await ledger.verifier.verify(key.secret, context: context, actor: .commandLine).code == .valid)
            }
            #expect(home.reports.count == 1 && home.reports[0].contains("hotel.key"), "\(home.reports)")
            try good.write(toFile: file, atomically: true, encoding: .utf8)
            #expect(try await ledger.verifier.verify(key.secret, context: context, actor: .commandLine).code == .valid)
            let uses = try ledger.log().filter { $0.accepted != nil }
            #expect(uses.map { $0.personal?.clientAddress } == [nil, nil, nil, "192.0.2.1"])
            #expect(home.reports.count == 1)
        }
    }

    /// An error is not a verdict: where the address list cannot be read now, nobody is refused for it, and nothing of the kind is recorded.
    @Test(arguments: ["another content", "a folder", "a loop", "no vault"])
    func aDataKeyThatCannotBeReadDecidesNothing(_ damage: String) async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let made = try await ledger.commands.createKey(
                CreateKey(name: "Mews", account: .hotel, environment: "live", ipAllowlist: ["192.0.2.0/24"]), by: .commandLine)
            let (id, secret) = (made.outcome.key.state.id, try #require(made.secret).reveal())
            let accessCheck = AccessCheck(address: IPAddress("192.0.2.1"))
            #expect(try await ledger.verify(secret, accessCheck) == .valid)
            let before = try ledger.types()

            let file = home.folder.vault + "/hotel.key"
            let place = damage == "no vault" ? home.folder.vault : file
            try FileManager.default.moveItem(atPath: place, toPath: place + ".kept")
            switch damage {
            case "another content": try Data("x".utf8).write(to: URL(fileURLWithPath: file))
            case "a folder": try FileManager.default.createDirectory(atPath: file, withIntermediateDirectories: false)
            case "a loop": try FileManager.default.createSymbolicLink(atPath: file, withDestinationPath: file)
            default: break
            }
            await #expect(throws: LedgerError.self) { try await ledger.verify(secret, accessCheck) }
            await #expect(throws: LedgerError.self) { try await ledger.verify(secret, AccessCheck(address: IPAddress("203.0.113.1"))) }
            #expect(throws: LedgerError.self) { try ledger.verifier.evaluate(secret, accessCheck) }
            try await ledger.settle()
            #expect(try ledger.types() == before)

            if damage != "no vault" { try FileManager.default.removeItem(atPath: file) }
            try FileManager.default.moveItem(atPath: place + ".kept", toPath: place)
            #expect(try await ledger.verify(secret, accessCheck) == .valid)

            // What ends a key needs no vault.
            try FileManager.default.moveItem(atPath: place, toPath: place + ".kept")
            _ = try await ledger.commands.revokeKey(id, by: .commandLine, commandID: "end")
            #expect(try await ledger.verify(secret, accessCheck) == .revoked)
        }
    }

    /// Nobody knows then whether it came before.
    @Test func withoutTheDataKeyNoCommandIsDoneThatMustNotBeDoneTwice() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let key = try await ledger.newKey()
            _ = try await ledger.commands.disableKey(key.id, by: .commandLine, commandID: "stop")
            _ = try await ledger.commands.enableKey(key.id, by: .commandLine, commandID: "start")
            let before = try ledger.types()
            let file = home.folder.vault + "/operator.key"
            let good = try Data(contentsOf: URL(fileURLWithPath: file))
            try Data("x".utf8).write(to: URL(fileURLWithPath: file))
            await #expect(throws: LedgerError.self) { try await ledger.commands.enableKey(key.id, by: .commandLine, commandID: "start") }
            #expect(try ledger.types() == before)
            // What stops a key may be done twice.
            _ = try await ledger.commands.disableKey(key.id, by: .commandLine, commandID: "stop")
            #expect(try await ledger.verify(key.secret) == .disabled)
            try good.write(to: URL(fileURLWithPath: file))
        }
    }

    @Test func viewsThatCannotBeReadAreRebuiltByTheNextQuestion() async throws {
        let home = TestHome(seed: printedSeed())
        let key = try await home.withLedger { ledger in
            let key = try await ledger.newKey()
            _ = try await ledger.verify(key.secret)
            #expect(try ledger.keys.usage(of: key.id, for: .commandLine).usage.counts.uses == 1)
            return key
        }
        try Data(repeating: 0x55, count: 16_384).write(to: URL(fileURLWithPath: home.folder.views + "/1/data.mdb"))
        try await home.withLedger { ledger in
            #expect(try await ledger.verify(key.secret) == .valid)
            // What ends a secret asks no views.
            let leaked = try await ledger.newKey("leaked")
            _ = try await ledger.commands.rotateKey(leaked.id, olderRetires: .now, by: .commandLine)
            #expect(try await ledger.verify(leaked.secret) == .revoked)
            _ = try await ledger.commands.revokeKey(key.id, by: .commandLine)
            let keys = try ledger.keys.listKeys(for: .commandLine, limit: 10)
            #expect(keys.count == 2 && keys.first { $0.key.state.id == key.id }?.usage.counts.uses == 2)
            #expect(try await ledger.maintenance.replay(isCheck: true) { _, _ in }.differences.count == 0)
        }
    }

    /// Also where it lacks tables that this version would make.
    @Test func aFolderOfANewerVersionIsNotChanged() throws {
        let home = TestHome(seed: printedSeed())
        try home.folder.make()
        do {
            let environment = try Environment(
                path: home.folder.ledger, tables: ["meta", "of-the-future"], options: .init(mapSize: 1 << 20))
            try environment.write { transaction in
                let format = (LogMeta.currentFormat + 1).bigEndianBytes
                try transaction.put(Array("format".utf8), format, in: environment.table("meta"))
            }
        }
        let file = URL(fileURLWithPath: home.folder.ledger + "/data.mdb")
        let before = try Data(contentsOf: file)
        #expect(throws: LogError.newerVersion(found: LogMeta.currentFormat + 1, known: LogMeta.currentFormat)) {
            try Ledger.open(home.folder, options: home.options(.durable))
        }
        #expect(throws: LedgerError.self) { try Ledger.create(at: home.folder, prefix: "lhql", options: home.options(.durable)) }
        #expect(try Data(contentsOf: file) == before)
    }
}

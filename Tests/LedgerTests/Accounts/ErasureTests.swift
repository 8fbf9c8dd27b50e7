import Bytes
import EventLog
import Foundation
import KeyEvents
import Projections
import TestSupport
import Testing
import Validation

@testable import Ledger
@testable import LedgerAPI
@testable internal import LedgerAudit
@testable internal import LedgerQueries

/// The log says that an account is erased before it is, and what the log says is done.
@Suite(.holdsLedgers) struct ErasureTests {
    private func file(_ home: TestHome) -> String { home.folder.vault + "/hotel.key" }

    @Test func theLogSaysItOnceForEachDataKey() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let key = try await ledger.newKey("Zur Post", account: .hotel)
            let ids = try [#require(try ledger.vault.dataKeyID(of: .hotel))]
            #expect(try await ledger.accounts.erasePersonalFields(of: .hotel, localUser: 1234))
            #expect(try await !ledger.accounts.erasePersonalFields(of: .hotel, localUser: 1234))
            _ = try await ledger.commands.changeKey(key.id, KeyChange(name: "Motel"), by: .commandLine)
            let second = try #require(try ledger.vault.dataKeyID(of: .hotel))
            #expect(try await ledger.accounts.erasePersonalFields(of: .hotel))
            let erased = try ledger.log().filter { $0.type == "AccountErased" }
            #expect(erased.map(\.position) == [1, 3])
            #expect(erased.allSatisfy { $0.event.keyID == .none && $0.event.accountID == .hotel && $0.event.actor == .commandLine })
            #expect(
                erased.map(\.event.body) == [
                    .accountErased(AccountErasure(dataKeyID: ids[0], localUserID: 1234)),
                    .accountErased(AccountErasure(dataKeyID: second)),
                ])
            let known = try ledger.accounts.erasures(of: .hotel).sorted { $0.position < $1.position }
            #expect(known.map(\.dataKeyID) == ids + [second] && known.map(\.position) == [1, 3])
            #expect(try ledger.accounts.erasures(of: .hostel).isEmpty)
            // It is part of the state, and sound.
            #expect(try await ledger.maintenance.replay(isCheck: true) { _, _ in }.differences.count == 0)
            _ = try await ledger.maintenance.replay(isCheck: false) { _, _ in }
            #expect(try ledger.accounts.erasures() == ledger.accounts.erasures(of: .hotel) && ledger.accounts.erasures().count == 2)
            _ = try LogVerifier(ledger.reader, checkpoints: []).run(progress: { _ in }, finding: { Issue.record("\($0)") })
        }
    }

    /// The bytes stand where the link leads to.
    @Test(arguments: [false, true]) func aLinkedFileIsErasedWhereItIs(_ isRelative: Bool) async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            _ = try await ledger.newKey("Zur Post", account: .hotel)
            let place = home.folder.path + "/elsewhere"
            try FileManager.default.moveItem(atPath: file(home), toPath: place)
            try FileManager.default.createSymbolicLink(
                atPath: file(home), withDestinationPath: isRelative ? "../elsewhere" : place)
            let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: place))
            let before = try #require(try handle.readToEnd())
            #expect(try await ledger.accounts.erasePersonalFields(of: .hotel))
            try handle.seek(toOffset: 0)
            #expect(try #require(try handle.readToEnd()).range(of: before.dropFirst(20)) == nil)
            #expect(!FileManager.default.fileExists(atPath: place))
            #expect(try ledger.vault.unfinishedErasures().isEmpty)
            #expect(try await !ledger.accounts.erasePersonalFields(of: .hotel))
        }
    }

    /// What is no data key is not destroyed, and whoever examines the ledger is told.
    @Test func aLinkToSomethingElseIsUnfinished() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            _ = try await ledger.newKey("Zur Post", account: .hotel)
            let place = home.folder.path + "/precious"
            try Data("precious".utf8).write(to: URL(fileURLWithPath: place))
            try FileManager.default.removeItem(atPath: file(home))
            try FileManager.default.createSymbolicLink(atPath: file(home), withDestinationPath: place)
            await #expect(throws: LedgerError.self) { _ = try await ledger.accounts.erasePersonalFields(of: .hotel) }
            #expect(FileManager.default.contents(atPath: place) == Data("precious".utf8))
            #expect(try ledger.vault.unfinishedErasures().count == 1)
            var damaged: [Finding] = []
            try DataKeyExamination(ledger).run { if case .damage(let finding) = $0 { damaged.append(finding) } }
            #expect(damaged.count == 1 && damaged[0].what.contains("was to be erased"), "\(damaged)")
        }
    }

    @Test func whatAKillInterruptedIsFinishedByWhoeverOpensNext() async throws {
        let home = TestHome(seed: printedSeed())
        let key = try await home.withLedger { ledger in
            let key = try await ledger.newKey("Zur Post", account: .hotel)
            _ = try await ledger.newKey("Hostel", account: .hostel)
            let id = try #require(try ledger.vault.dataKeyID(of: .hotel))
            try LedgerBeside(ledger).append([
                Event(keyID: .none, accountID: .hotel, actor: .commandLine, body: .accountErased(AccountErasure(dataKeyID: id)))
            ])
            return key.id
        }
        #expect(FileManager.default.fileExists(atPath: file(home)))
        try await home.withLedger { ledger in
            #expect(!FileManager.default.fileExists(atPath: file(home)))
            #expect(try ledger.keys.decryptedKey(key, for: .commandLine).name == nil)
            #expect(try ledger.log().compactMap(\.personal?.name) == ["Hostel"])
            #expect(try ledger.types() == ["KeyCreated", "KeyCreated", "AccountErased"])
            _ = try await ledger.commands.changeKey(key, KeyChange(name: "Motel"), by: .commandLine)
        }
        #expect(home.reports.count == 1 && home.reports[0].contains("hotel"))
        // The data key that came afterwards stays.
        let name = try await home.withLedger { try $0.keys.decryptedKey(key, for: .commandLine).name }
        #expect(name == "Motel")
        #expect(home.reports.count == 1)
    }

    @Test func aDataKeyOutOfABackupIsDestroyedAgain() async throws {
        let home = TestHome(seed: printedSeed())
        let key = try await home.withLedger { try await $0.newKey("Zur Post", account: .hotel) }
        let copy = try Data(contentsOf: URL(fileURLWithPath: file(home)))
        _ = try await home.withLedger { try await $0.accounts.erasePersonalFields(of: .hotel) }
        try copy.write(to: URL(fileURLWithPath: file(home)))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file(home))
        try await home.withLedger { ledger in
            let name = try ledger.keys.decryptedKey(key.id, for: .commandLine).name
            #expect(name == nil && !FileManager.default.fileExists(atPath: file(home)))
        }
    }

    /// However young it is, which spares other files that are being made.
    @Test func whatIsLeftOfTheMakingOfADataKeyIsDestroyedWithIt() async throws {
        let home = TestHome(seed: printedSeed())
        _ = try await home.withLedger { try await $0.newKey("Zur Post", account: .hotel) }
        let copy = try Data(contentsOf: URL(fileURLWithPath: file(home)))
        _ = try await home.withLedger { try await $0.accounts.erasePersonalFields(of: .hotel) }
        let left = home.folder.vault + "/.new~1-1"
        try copy.write(to: URL(fileURLWithPath: left))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: left)
        try await home.withLedger { _ in #expect(!FileManager.default.fileExists(atPath: left)) }
    }

    /// Between the record and the destruction, which another process is about to do.
    @Test func noNameIsSealedUnderADataKeyThatIsAboutToGo() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let key = try await ledger.newKey("Zur Post", account: .hotel)
            let id = try #require(try ledger.vault.dataKeyID(of: .hotel))
            try LedgerBeside(ledger).append([
                Event(keyID: .none, accountID: .hotel, actor: .commandLine, body: .accountErased(AccountErasure(dataKeyID: id)))
            ])
            for attempt in [
                { _ = try await ledger.commands.createKey(CreateKey(name: "x", account: .hotel), by: .commandLine) },
                { _ = try await ledger.commands.changeKey(key.id, KeyChange(name: "x"), by: .commandLine) },
            ] as [() async throws -> Void] {
                let error = await #expect(throws: LedgerError.self) { try await attempt() }
                guard case .beingErased(.hotel, _)? = error else { throw TestFailure("\(String(describing: error))") }
            }
            let person = Caller(
                actor: Actor(kind: .account, id: "hotel"), account: .hotel, permissions: .init([.keysWrite]), label: "ana")
            #expect(try await ledger.commands.revokeKey(key.id, by: person).isChange)
            #expect(try ledger.types() == ["KeyCreated", "AccountErased", "KeyRevoked"])
        }
    }

    @Test func whatWillBeRefusedIsSaidBefore() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            func restricted() async throws -> (KeyID, String) {
                let made = try await ledger.commands.createKey(
                    CreateKey(name: "x", account: .hotel, ipAllowlist: ["192.0.2.0/24"]), by: .commandLine)
                return (made.outcome.key.state.id, try #require(made.secret).reveal())
            }
            #expect(try !ledger.accounts.erasureOutlook(of: .hotel).hasDataKey)
            let keys = [try await restricted(), try await restricted(), try await restricted()]
            let free = try await ledger.newKey("free", account: .hotel)
            _ = try await ledger.commands.revokeKey(keys[2].0, by: .commandLine)
            let outlook = try ledger.accounts.erasureOutlook(of: .hotel)
            #expect(outlook.hasDataKey && outlook.restrictedKeys == 2 && outlook.erasedAt.isEmpty)
            #expect(try await ledger.accounts.erasePersonalFields(of: .hotel))
            #expect(try ledger.accounts.erasureOutlook(of: .hotel).erasedAt.count == 1)
            // They are refused, and a new list lets them in again.
            let accessCheck = AccessCheck(address: IPAddress("192.0.2.1"))
            #expect(try await ledger.verify(free.secret) == .valid)
            for key in keys.prefix(2) { #expect(try await ledger.verify(key.1, accessCheck) == .ipNotAllowed) }
            _ = try await ledger.commands.changeKey(keys[0].0, KeyChange(ipAllowlist: ["192.0.2.0/24"]), by: .commandLine)
            _ = try await ledger.commands.changeKey(keys[1].0, KeyChange(ipAllowlist: []), by: .commandLine)
            for key in keys.prefix(2) { #expect(try await ledger.verify(key.1, accessCheck) == .valid) }
        }
    }

    /// What a process found a moment ago it tells no longer, once another was told that it is erased.
    @Test func noProcessTellsANameAfterItsErasureWasAcknowledged() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let key = try await ledger.newKey("Zur Post", account: .hotel)
            let renderings = RenderedKeyCache(ledger) { Array(($0.name ?? "").utf8) }
            let marker = home.folder.path + "/acknowledged"
            async let erasure: Void = Self.erases(home.folder.path, marker)
            var (told, untold) = (0, 0)
            let deadline = ContinuousClock.now + .seconds(60)
            while untold < 100, ContinuousClock.now < deadline {
                let isAcknowledged = FileManager.default.fileExists(atPath: marker)
                let name = try renderings.rendering(of: key.id).map { String(decoding: $0, as: UTF8.self) }
                if isAcknowledged {
                    #expect(name == "")
                    untold += 1
                } else {
                    told += 1
                    // So that what is kept was looked at lately.
                    try await Task.sleep(for: .milliseconds(1))
                }
            }
            await erasure
            #expect(untold == 100 && told > 0)
        }
    }

    private static func erases(_ path: String, _ marker: String) async {
        await #expect(processExitsWith: .success) { [path = path as String, marker = marker as String] in
            let ledger = try Ledger.open(DataFolder(path: path))
            let wasThere = try await ledger.accounts.erasePersonalFields(of: .hotel)
            try #require(wasThere)
            try Data().write(to: URL(fileURLWithPath: marker))
            try await Task.sleep(for: .milliseconds(300))
            ledger.close()
        }
    }
}

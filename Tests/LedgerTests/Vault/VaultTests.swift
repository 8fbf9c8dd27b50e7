import Bytes
import Dispatch
import Foundation
import Glibc
import KeyEvents
import Synchronization
import TestSupport
import Testing
import Validation

@testable import Ledger
@testable internal import LedgerQueries

@Suite struct VaultTests {
    private static let fields = PersonalFields(name: "Mews")
    private static let key = KeyID(Bytes16(high: 1, low: 2))

    private static func event(_ account: AccountID) -> Event {
        Event(keyID: key, accountID: account, actor: .commandLine, body: .disabled)
    }

    @Test func theFileIsAsDocumented() throws {
        let folder = TestFolder()
        let vault = folder.vault(seed: printedSeed())
        try vault.ensureDataKey(of: .hotel)
        #expect(folder.contents() == ["hotel.key"])
        let text = try String(contentsOfFile: folder.path + "/hotel.key", encoding: .utf8)
        #expect(text.wholeMatch(of: /keyledger data key 1\n[0-9a-f]{32}\n[0-9a-f]{64}\n/) != nil)
        #expect(folder.mode("hotel.key") == 0o600)
        // Preparing again changes nothing.
        try vault.ensureDataKey(of: .hotel)
        #expect(try String(contentsOfFile: folder.path + "/hotel.key", encoding: .utf8) == text)
    }

    @Test func theLedgersFoldersAreTheirOwnersAlone() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            _ = try await ledger.newKey(account: .hotel)
            for folder in [home.folder.path, home.folder.ledger, home.folder.views, home.folder.vault, home.folder.checkpoints] {
                #expect(TestFolder.mode(of: folder) == 0o700)
            }
            for file in home.files() { #expect(TestFolder.mode(of: home.folder.path + "/" + file.path) & 0o077 == 0, "\(file.path)") }
            #expect(home.files().map(\.path).filter { $0.hasPrefix("vault/") }.sorted() == ["vault/hotel.key", "vault/log-signing-key"])
        }
    }

    @Test func sealedFieldsOpenForTheirKeyAndAccountOnly() throws {
        let vault = TestFolder().vault(seed: printedSeed())
        try vault.ensureDataKey(of: .hotel)
        try vault.ensureDataKey(of: .hostel)
        let sealed = try #require(try vault.seal(Self.fields, for: Self.event(.hotel)))
        #expect(try vault.open(sealed, keyID: Self.key, accountID: .hotel) == Self.fields)
        #expect(try vault.open(sealed, keyID: KeyID(Bytes16(high: 1, low: 3)), accountID: .hotel) == nil)
        #expect(try vault.open(sealed, keyID: Self.key, accountID: .hostel) == nil)
        #expect(try vault.seal(PersonalFields(), for: Self.event(.hotel)) == nil)
        // Each time under another nonce.
        #expect(try vault.seal(Self.fields, for: Self.event(.hotel)) != sealed)
    }

    @Test func noNonceIsUsedTwice() throws {
        let folder = TestFolder()
        let vault = folder.vault(seed: printedSeed())
        try vault.ensureDataKey(of: .hotel)
        let nonces = Mutex<Set<[UInt8]>>([])
        DispatchQueue.concurrentPerform(iterations: 4) { _ in
            for _ in 0..<200 {
                guard let sealed = try? vault.seal(Self.fields, for: Self.event(.hotel)) else { continue }
                _ = nonces.withLock { $0.insert(Array(sealed.ciphertext.dropFirst(16).prefix(SealedFields.nonceBytes))) }
            }
        }
        #expect(nonces.withLock { $0.count } == 800)
    }

    @Test func withoutADataKeyNothingIsSealed() throws {
        let folder = TestFolder()
        let vault = folder.vault(seed: printedSeed())
        #expect(throws: LedgerError.self) { try vault.seal(Self.fields, for: Self.event(.hotel)) }
        #expect(try vault.sealIfPossible(Self.fields, for: Self.event(.hotel)) == nil)
        #expect(try vault.destroy(.hotel) == false)
        #expect(folder.contents() == [])
    }

    @Test func twoVaultsAgreeOnOneKey() throws {
        let seed = printedSeed()
        let folder = TestFolder()
        let vaults = (0..<4).map { folder.vault(seed: seed &+ UInt64($0)) }
        for number in 0..<100 {
            let account = AccountID(trusted: "account-\(number)")
            let sealed = Mutex<[SealedFields]>([])
            DispatchQueue.concurrentPerform(iterations: vaults.count) { place in
                do {
                    try vaults[place].ensureDataKey(of: account)
                    if let fields = try vaults[place].seal(Self.fields, for: Self.event(account)) {
                        sealed.withLock { $0.append(fields) }
                    }
                } catch {
                    Issue.record(error)
                }
            }
            let all = sealed.withLock { $0 }
            #expect(all.count == 4 && Set(all.map(\.dataKeyID)).count == 1)
            for vault in vaults {
                for fields in all { #expect(try vault.open(fields, keyID: Self.key, accountID: account) == Self.fields) }
            }
        }
        // Nothing is left of those that came second.
        #expect(folder.contents().count == 100 && folder.contents().allSatisfy { $0.hasSuffix(".key") && !$0.hasPrefix(".") })
    }

    @Test func aDestroyedKeyIsNoticedAtOnce() throws {
        let seed = printedSeed()
        let folder = TestFolder()
        let own = folder.vault(seed: seed)
        let other = folder.vault(seed: seed &+ 1)
        for _ in 0..<200 {
            // Made, used and destroyed within a tick of the file system's clock.
            try other.ensureDataKey(of: .hotel)
            let sealed = try #require(try own.seal(Self.fields, for: Self.event(.hotel)))
            #expect(try own.open(sealed, keyID: Self.key, accountID: .hotel) == Self.fields)
            #expect(try other.destroy(.hotel))
            #expect(try own.open(sealed, keyID: Self.key, accountID: .hotel) == nil)
            #expect(try own.sealIfPossible(Self.fields, for: Self.event(.hotel)) == nil)
        }
        #expect(folder.contents() == [])
    }

    /// What was found lately is believed while the folder stays as it is.
    @Test func aKeyThatAnotherVaultDestroysOrMakesIsNoticedSoon() async throws {
        let seed = printedSeed()
        let folder = TestFolder()
        let own = folder.vault(seed: seed)
        let other = folder.vault(seed: seed &+ 1)
        func soon(_ holds: () throws -> Bool) async throws {
            // A second later it would be noticed in any case. By looks: a busy machine makes them few, and late.
            for _ in 0..<60 where try !holds() { try await Task.sleep(for: .milliseconds(10)) }
            #expect(try holds())
        }
        for _ in 0..<2 {
            #expect(own.recentIdentity(.hotel) == nil)
            try other.ensureDataKey(of: .hotel)
            try await soon { own.recentIdentity(.hotel) != nil }
            let sealed = try #require(try own.sealIfPossible(Self.fields, for: Self.event(.hotel)))
            #expect(try sealed.dataKeyID == other.dataKeyID(of: .hotel))
            // So old that its time tells it from every later state, and looked at since.
            await waitUntil { own.folderIdentity() != nil }
            try await Task.sleep(for: .milliseconds(150))
            #expect(own.recentIdentity(.hotel) != nil)
            #expect(try other.destroy(.hotel))
            try await soon { try own.sealIfPossible(Self.fields, for: Self.event(.hotel)) == nil }
            await waitUntil { own.folderIdentity() != nil }
            try await Task.sleep(for: .milliseconds(150))
        }
    }

    /// The folder does not show it.
    @Test func aFileThatIsWrittenToInItsPlaceIsNoticed() async throws {
        let folder = TestFolder()
        let vault = folder.vault(seed: printedSeed())
        try vault.ensureDataKey(of: .hotel)
        await waitUntil { vault.folderIdentity() != nil }
        let before = try #require(vault.recentIdentity(.hotel))
        let file = try #require(FileHandle(forWritingAtPath: folder.path + "/hotel.key"))
        try file.write(contentsOf: Data("keyledger data key 2".utf8))
        try file.close()
        let deadline = ContinuousClock.now + .seconds(20)
        while vault.recentIdentity(.hotel) == before {
            try #require(ContinuousClock.now < deadline)
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    @Test func theDestroyedFilesBytesAreOverwritten() throws {
        let folder = TestFolder()
        let vault = folder.vault(seed: printedSeed())
        try vault.ensureDataKey(of: .hotel)
        let file = folder.path + "/hotel.key"
        let text = try String(contentsOfFile: file, encoding: .utf8)
        let held = unsafe open(file, O_RDONLY)
        defer { close(held) }
        #expect(try vault.destroy(.hotel))
        var bytes = [UInt8](repeating: 0, count: 512)
        let count = unsafe pread(held, &bytes, bytes.count, 0)
        #expect(count >= text.utf8.count)
        let rest = String(decoding: bytes.prefix(count), as: UTF8.self)
        for line in text.split(separator: "\n") { #expect(!rest.contains(line)) }
    }

    /// A kill while the file was made leaves the same key under another name.
    @Test func whatIsLeftOfTheMakingOfADestroyedKeyGoesWithIt() throws {
        let folder = TestFolder()
        let vault = folder.vault(seed: printedSeed())
        try vault.ensureDataKey(of: .hotel)
        try vault.ensureDataKey(of: .hostel)
        let file = folder.path + "/hotel.key"
        let text = try String(contentsOfFile: file, encoding: .utf8)
        try FileManager.default.linkItem(atPath: file, toPath: folder.path + "/.new~1-1")
        try FileManager.default.copyItem(atPath: file, toPath: folder.path + "/.new~1-2")
        try FileManager.default.copyItem(atPath: folder.path + "/hostel.key", toPath: folder.path + "/.new~1-3")
        let held = ["/.new~1-1", "/.new~1-2"].map { unsafe open(folder.path + $0, O_RDONLY) }
        defer { for descriptor in held { close(descriptor) } }
        #expect(try vault.destroy(.hotel))
        #expect(folder.contents() == [".new~1-3", "hostel.key"])
        for descriptor in held {
            var bytes = [UInt8](repeating: 0, count: 512)
            let count = unsafe pread(descriptor, &bytes, bytes.count, 0)
            let rest = String(decoding: bytes.prefix(count), as: UTF8.self)
            for line in text.split(separator: "\n") { #expect(!rest.contains(line)) }
        }
    }

    /// At each point where a kill may have come: the vault is opened, and the account has no data key, and can have another.
    @Test(arguments: ["moved", "overwritten", "of an older version"])
    func anInterruptedErasureIsFinished(_ asOf: String) throws {
        let seed = printedSeed()
        let folder = TestFolder()
        try folder.vault(seed: seed).ensureDataKey(of: .hotel)
        let (file, erased) = (folder.path + "/hotel.key", folder.path + "/.erased~00")
        let text = try String(contentsOfFile: file, encoding: .utf8)
        let held = unsafe open(file, O_RDONLY)
        defer { close(held) }
        let noise = Data(repeating: 0xA5, count: 256)
        switch asOf {
        case "of an older version":
            let handle = try #require(FileHandle(forWritingAtPath: file))
            try handle.write(contentsOf: noise)
            try handle.close()
        default:
            try FileManager.default.moveItem(atPath: file, toPath: erased)
            if asOf == "overwritten" { try noise.write(to: URL(fileURLWithPath: erased)) }
        }
        let vault = folder.vault(seed: seed &+ 1)
        try vault.tidyUp()
        #expect(try vault.dataKeyID(of: .hotel) == nil)
        #expect(folder.contents() == [])
        if asOf == "moved" {
            var bytes = [UInt8](repeating: 0, count: 512)
            let count = unsafe pread(held, &bytes, bytes.count, 0)
            let rest = String(decoding: bytes.prefix(count), as: UTF8.self)
            for line in text.split(separator: "\n") { #expect(!rest.contains(line)) }
        }
        #expect(try !vault.destroy(.hotel))
        try vault.ensureDataKey(of: .hotel)
        #expect(try vault.seal(Self.fields, for: Self.event(.hotel)) != nil)
        #expect(try vault.destroy(.hotel) && folder.contents() == [])
    }

    /// It is said, the account has no data key all the same, and the next one to open the vault tries again.
    @Test func anErasureThatCannotBeFinishedIsSaid() throws {
        let folder = TestFolder()
        let vault = folder.vault(seed: printedSeed())
        try vault.ensureDataKey(of: .hotel)
        // A folder of that name is nothing that could be overwritten.
        let inTheWay = folder.path + "/.erased~ff"
        try FileManager.default.createDirectory(atPath: inTheWay, withIntermediateDirectories: true)
        let error = #expect(throws: LedgerError.self) { try vault.destroy(.hotel) }
        let words = "\(try #require(error))"
        #expect(words.contains("could not be overwritten") && !words.contains("backup"))
        #expect(try vault.dataKeyID(of: .hotel) == nil)
        #expect(throws: LedgerError.self) { try vault.tidyUp() }
        try FileManager.default.removeItem(atPath: inTheWay)
        try vault.tidyUp()
        #expect(folder.contents() == [])
    }

    /// Names of accounts that look like those of the vault's own files.
    @Test func tidyingUpTakesNoAccountsKey() throws {
        let folder = TestFolder()
        for name in [".erased-co", ".erased-", ".new-1", "..", ".lock", ".erased-0123456789abcdef0123456789abcdef"] {
            let account = try #require(AccountID(name))
            let vault = folder.vault(seed: printedSeed())
            try vault.ensureDataKey(of: account)
            let found = try #require(try vault.found(account))
            let file = folder.path + "/" + name + ".key"
            if FileManager.default.fileExists(atPath: file) {
                try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSinceNow: -3600)], ofItemAtPath: file)
            }
            try folder.vault(seed: printedSeed()).tidyUp()
            #expect(try folder.vault(seed: printedSeed()).found(account) == found, "\(name)")
        }
    }

    /// A vault syncs the folder before it seals with a key that another process has made.
    @Test func aKeyThatAnotherMadeIsSettledBeforeItIsUsed() throws {
        let seed = printedSeed()
        let folder = TestFolder()
        let (own, other) = (folder.vault(seed: seed), folder.vault(seed: seed &+ 1))
        try other.ensureDataKey(of: .hotel)
        #expect(try other.hasDurableDataKey(.hotel))
        #expect(try !own.hasDurableDataKey(.hotel))
        #expect(try own.sealIfPossible(Self.fields, for: Self.event(.hotel)) != nil)
        #expect(try own.hasDurableDataKey(.hotel))
        // Another key in its place is another's again.
        #expect(try other.destroy(.hotel))
        try other.ensureDataKey(of: .hotel)
        #expect(try !own.hasDurableDataKey(.hotel))
        try own.ensureDataKey(of: .hotel)
        #expect(try own.hasDurableDataKey(.hotel))
    }

    @Test func aNewKeyDoesNotOpenWhatTheOldOneSealed() throws {
        let vault = TestFolder().vault(seed: printedSeed())
        try vault.ensureDataKey(of: .hotel)
        let old = try #require(try vault.seal(Self.fields, for: Self.event(.hotel)))
        _ = try vault.destroy(.hotel)
        try vault.ensureDataKey(of: .hotel)
        let new = try #require(try vault.seal(Self.fields, for: Self.event(.hotel)))
        #expect(new.dataKeyID != old.dataKeyID)
        #expect(try vault.open(old, keyID: Self.key, accountID: .hotel) == nil)
        #expect(try vault.open(new, keyID: Self.key, accountID: .hotel) == Self.fields)
    }

    @Test(arguments: ["", "x", "keyledger data key 2\n%ID\n%KEY\n", "keyledger data key 1\n%ID\n", "keyledger data key 1\n%ID\n%KEYff\n"])
    func aDamagedFileIsAClearError(_ content: String) async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let key = try await ledger.newKey(account: .hotel)
            let file = home.folder.vault + "/hotel.key"
            let good = try String(contentsOfFile: file, encoding: .utf8)
            let lines = good.split(separator: "\n")
            let damaged = content.replacingOccurrences(of: "%ID", with: lines[1]).replacingOccurrences(of: "%KEY", with: lines[2])
            try damaged.write(toFile: file, atomically: true, encoding: .utf8)
            #expect(try ledger.keys.decryptedKey(key.id, for: .commandLine).name == nil)
            for attempt in [
                { _ = try await ledger.commands.changeKey(key.id, KeyChange(name: "x"), by: .commandLine) },
                { _ = try await ledger.commands.createKey(CreateKey(name: "x", account: .hotel), by: .commandLine) },
            ] as [() async throws -> Void] {
                do {
                    try await attempt()
                    Issue.record("nothing was thrown")
                } catch {
                    guard case LedgerError.vault(file, _) = error else { throw error }
                    #expect("\(error)".contains("restore it from a backup"))
                }
            }
            // What needs no data key goes on.
            #expect(try await ledger.verify(key.secret) == .valid)
            _ = try await ledger.commands.revokeKey(key.id, by: .commandLine)
            #expect(try ledger.types() == ["KeyCreated", "KeyUsed", "KeyRevoked"])
            try good.write(toFile: file, atomically: true, encoding: .utf8)
            #expect(try ledger.keys.decryptedKey(key.id, for: .commandLine).name == "Mews")
        }
    }
}

/// A folder removed at the end.
private final class TestFolder: Sendable {
    let path = FileManager.default.temporaryDirectory.path + "/keyledger-vault-\(UUID().uuidString)"

    init() { try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// The vault keeps its folder.
    func vault(seed: UInt64) -> Vault {
        let generator = Mutex(SplitMix64(seed: seed))
        return Vault(
            path: path,
            randomness: Randomness { [self] in
                _ = path
                return generator.withLock { $0.next() }
            })
    }

    func contents() -> [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }

    func mode(_ name: String) -> mode_t { Self.mode(of: path + "/" + name) }

    static func mode(of path: String) -> mode_t {
        var status = stat()
        return unsafe stat(path, &status) == 0 ? status.st_mode & 0o777 : 0
    }
}

import Foundation
import KeyEvents
import Storage
import Testing

@testable import Ledger

@Suite struct RecentKeyCacheTests {
    private static let account = AccountID(trusted: "hotel")

    /// A key goes with the file that it was read from, and is kept for no other.
    @Test func aKeyIsKeptForItsFileAlone() throws {
        let folder = FileManager.default.temporaryDirectory.path + "/keyledger-cache-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let (first, second) = (folder + "/first", folder + "/second")
        for file in [first, second] { try "x".write(toFile: file, atomically: false, encoding: .utf8) }
        let (old, new) = (try #require(FileIdentity(of: first)), try #require(FileIdentity(of: second)))
        let cache = RecentKeyCache(VaultFolder(folder))
        let key = try #require(DataKey(DataKey.newFile(.system).map { $0[...] }))

        #expect(cache.recent(Self.account, folder + "/none").file == nil)
        // A key that was read where no file had been found is not kept.
        cache.store(key, of: Self.account, file: nil)
        #expect(cache.key(of: Self.account, file: nil) == nil)

        cache.store(key, of: Self.account, file: old)
        #expect(cache.key(of: Self.account, file: old)?.key.id == key.id)
        #expect(cache.key(of: Self.account, file: old)?.isDurable == false)
        cache.markDurable(Self.account, file: new)
        #expect(cache.key(of: Self.account, file: old)?.isDurable == false)
        cache.markDurable(Self.account, file: old)
        #expect(cache.key(of: Self.account, file: old)?.isDurable == true)
        #expect(cache.key(of: Self.account, file: new) == nil)

        // Another file is found under the account's name: the key is another, and it is known at once to those who go by what was found
        // lately.
        #expect(cache.recent(Self.account, second).known == nil)
        #expect(cache.key(of: Self.account, file: old) == nil)

        cache.store(key, of: Self.account, file: new)
        #expect(cache.recent(Self.account, second).known?.key.id == key.id)
        cache.forget(Self.account)
        #expect(cache.recent(Self.account, second).known == nil)
    }
}

import Foundation
import KeyEvents
import Storage
import Synchronization
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
        let cache = RecentKeyCache(VaultFolder(folder), .system)
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

    /// The ages go by the clock of the ledger: a file that is another, in a folder that looks the same, is found after the longest period,
    /// and until then what was found is believed.
    @Test func aFileIsBelievedForAPeriodOfTheClock() throws {
        let folder = FileManager.default.temporaryDirectory.path + "/keyledger-cache-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let (first, second) = (folder + "/first", folder + "/second")
        for file in [first, second] { try "x".write(toFile: file, atomically: false, encoding: .utf8) }
        let coarse = Mutex(Duration.zero)
        let clock = LedgerClock(
            now: LedgerClock.system.now, monotonic: LedgerClock.system.monotonic,
            coarse: { MonotonicInstant(microseconds: 0) + coarse.withLock { $0 } })
        let cache = RecentKeyCache(VaultFolder(folder), clock)
        #expect(cache.recent(Self.account, first).file == FileIdentity(of: first))
        for (age, file) in [(0, first), (99, first), (1099, second)] {
            coarse.withLock { $0 = .milliseconds(age) }
            #expect(cache.recent(Self.account, second).file == FileIdentity(of: file), "after \(age) ms")
        }
    }
}

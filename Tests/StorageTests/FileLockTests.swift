import Foundation
import TestSupport
import Testing

@testable import Storage

@Suite(.holdsLedgers) struct FileLockTests {
    private let folder: TemporaryFolder
    private let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.path + "/lock"
    }

    @Test func onlyOneHoldsIt() throws {
        let (first, second) = (try FileLock(path: path), try FileLock(path: path))
        try first.lock()
        #expect(!second.tryLock())
        first.unlock()
        #expect(second.tryLock())
        #expect(!first.tryLock())
    }

    @Test func manyShareIt() throws {
        let locks = try (0..<3).map { _ in try FileLock(path: path) }
        try locks[0].lockShared()
        try locks[1].lockShared()
        #expect(!locks[2].tryLock())
        locks[0].unlock()
        locks[1].unlock()
        #expect(locks[2].tryLock())
    }

    @Test func itEndsWithItsHolder() throws {
        do {
            let first = try FileLock(path: path)
            try first.lock()
        }
        #expect(try FileLock(path: path).tryLock())
    }

    @Test func itEndsWithTheProcessThatHoldsIt() async throws {
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
            let lock = try FileLock(path: path)
            try lock.lock()
            Child.die()
        }
        #expect(try FileLock(path: path).tryLock())
    }

    @Test func theFileHoldsWhatWasWrittenLast() throws {
        let lock = try FileLock(path: path)
        #expect(lock.read() == [])
        try lock.write([1, 2, 3, 4])
        try lock.write([5, 6])
        #expect(lock.read() == [5, 6])
    }

    /// A process that went on without the lock would be alone only by luck.
    @Test func aLockThatCannotBeTakenIsAnError() async throws {
        await #expect(processExitsWith: .success) { [path = path as String] in
            let lock = try FileLock(path: path)
            // O_PATH: what is open like this cannot be locked. Closed, the number would soon be that of another file.
            let unlockable = unsafe open("/", 0o10_000_000)
            try #require(unlockable >= 0)
            // The file's descriptor is replaced without the lock's knowledge.
            for name in try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") {
                guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/" + name), target == path
                else { continue }
                dup2(unlockable, Int32(name) ?? -1)
            }
            #expect(throws: StorageError.self) { try lock.lock() }
            #expect(throws: StorageError.self) { try lock.lockShared() }
        }
    }

    @Test func theFileIsForItsOwnerOnly() throws {
        _ = try FileLock(path: path)
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    @Test func aMissingFolderIsNamed() {
        #expect(throws: StorageError.missing(path: path + "/x")) { try FileLock(path: path + "/x") }
    }
}

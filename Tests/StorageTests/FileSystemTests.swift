import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Storage

@Suite(.holdsLedgers) struct FileSystemTests {
    private let folder: TemporaryFolder
    private let file: String

    init() throws {
        folder = try TemporaryFolder()
        file = folder.path + "/file"
    }

    @Test func makingTwiceIsFine() throws {
        let path = folder.path + "/a"
        for _ in 0..<2 { try FileSystem.makeDirectory(path) }
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect(attributes[.posixPermissions] as? Int == 0o700)
        #expect(throws: StorageError.missing(path: path + "/b/c")) { try FileSystem.makeDirectory(path + "/b/c") }
    }

    @Test func contents() throws {
        #expect(try FileSystem.contents(folder.path + "/none") == [])
        for name in ["b", "a", ".c"] { try FileSystem.write([], to: folder.path + "/" + name) }
        #expect(try FileSystem.contents(folder.path).sorted() == [".c", "a", "b"])
        #expect(throws: StorageError.notAFolder(path: folder.path + "/a")) { try FileSystem.contents(folder.path + "/a") }
    }

    @Test func removing() throws {
        let path = folder.path + "/a"
        try FileSystem.makeDirectory(path)
        try FileSystem.write([1], to: path + "/b")
        for _ in 0..<2 { FileSystem.removeDirectory(path) }
        #expect(try FileSystem.contents(folder.path) == [])
    }

    @Test func whatIsWrittenIsRead() throws {
        #expect(try FileSystem.read(file, maxBytes: 10) == nil)
        let long = (0..<100_000).map { UInt8(truncatingIfNeeded: $0) }
        for bytes in [long, [], [1, 2, 3]] {
            try FileSystem.write(bytes, to: file)
            #expect(try FileSystem.read(file, maxBytes: 1 << 20) == bytes)
        }
        #expect(try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int == 0o600)
        try FileSystem.write(long, to: file)
        let some = try #require(try FileSystem.read(file, maxBytes: 10))
        #expect(some.count > 10 && some.count < long.count && some == Array(long.prefix(some.count)))
    }

    /// A name that leads elsewhere is replaced, and what it leads to stays as it was.
    @Test func writingFollowsNoLink() throws {
        let other = folder.path + "/other"
        try FileSystem.write([1], to: other)
        try FileManager.default.createSymbolicLink(atPath: file, withDestinationPath: other)
        try FileSystem.write([2], to: file)
        #expect(try FileSystem.read(other, maxBytes: 10) == [1])
        #expect(try FileSystem.read(file, maxBytes: 10) == [2])
    }

    /// Where several processes make the same file, the first one's content is kept; where they replace it, the last one's. No other
    /// name is left.
    @Test func aFileIsThereWholeOrNotAtAll() throws {
        #expect(try FileSystem.create("file", [1, 2], in: folder.path))
        #expect(try !FileSystem.create("file", [3], in: folder.path))
        #expect(try FileSystem.read(file, maxBytes: 10) == [1, 2])
        try FileSystem.replace("file", [4], in: folder.path)
        try FileSystem.replace("other", [5], in: folder.path)
        #expect(try FileSystem.read(file, maxBytes: 10) == [4])
        #expect(try FileSystem.contents(folder.path).sorted() == ["file", "other"])
        #expect(try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int == 0o600)
        #expect(throws: StorageError.self) { try FileSystem.create("file", [1], in: folder.path + "/none") }
        #expect(throws: StorageError.self) { try FileSystem.replace("file", [1], in: folder.path + "/none") }
    }

    /// While some make files, others take away what looks like a leftover, however young.
    @Test func aFileIsMadeWhateverIsTidiedUpMeanwhile() throws {
        let path = folder.path
        let isDone = Atomic(false)
        let tidier = Thread {
            while !isDone.load(ordering: .relaxed) {
                for name in (try? FileSystem.contents(path)) ?? [] where name.hasPrefix(".new~") { unsafe unlink(path + "/" + name) }
                usleep(200_000)
            }
        }
        tidier.start()
        defer { isDone.store(true, ordering: .relaxed) }
        for number in 0..<50 {
            #expect(try FileSystem.create("created-\(number)", [1], in: path))
            try FileSystem.replace("replaced", [UInt8(number)], in: path)
        }
    }

    /// What was left by a process that was killed goes, and what may be somebody's who is at it stays.
    @Test func leftoversGoWhenTheyAreOld() throws {
        for name in [".new~1-1", ".new~1-2", ".new~1-3", "new", ".other"] { try FileSystem.write([1], to: folder.path + "/" + name) }
        for (name, seconds) in [(".new~1-1", -3600.0), (".new~1-2", 3600), ("new", -3600), (".other", -3600)] {
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSinceNow: seconds)], ofItemAtPath: folder.path + "/" + name)
        }
        FileSystem.removeLeftovers(in: folder.path)
        #expect(try FileSystem.contents(folder.path).sorted() == [".new~1-3", ".other", "new"])
        FileSystem.removeLeftovers(in: folder.path + "/none")
    }

    @Test func aSharedFolderIsLookedAtAnewWhenItHasChanged() async throws {
        let shared = SharedDirectory(folder.path)
        // So soon after a change nothing is known of it.
        #expect(shared.identity == nil)
        try shared.settle()
        await waitUntil { shared.identity != nil }
        let before = shared.identity
        try shared.settle()
        #expect(shared.identity == before)
        try FileSystem.write([], to: file)
        await waitUntil { shared.identity != nil }
        #expect(shared.identity != before)
        #expect(throws: StorageError.missing(path: folder.path + "/none")) { try SharedDirectory(folder.path + "/none").settle() }
    }

    /// A process that may make a directory in another may not be allowed to read that.
    @Test func aParentThatCannotBeReadIsNoHindrance() throws {
        let parent = folder.path + "/parent"
        try FileSystem.makeDirectory(parent)
        try FileManager.default.setAttributes([.posixPermissions: 0o300], ofItemAtPath: parent)
        defer { try? FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: parent) }
        try FileSystem.makeDirectory(parent + "/child")
        #expect(FileSystem.isDirectory(parent + "/child"))
    }

    /// What a link leads to is the folder, and its name stands in the folder that it leads to.
    @Test func aFolderMayBeALink() throws {
        try FileSystem.makeDirectory(folder.path + "/real")
        try FileManager.default.createSymbolicLink(atPath: folder.path + "/link", withDestinationPath: folder.path + "/real")
        try FileSystem.makeDirectory(folder.path + "/link")
        try FileSystem.makeDirectory(folder.path + "/link/child")
        #expect(FileSystem.isDirectory(folder.path + "/real/child"))
    }

    @Test func aFolderIsNoFile() throws {
        #expect(throws: StorageError.self) { try FileSystem.read(folder.path, maxBytes: 10) }
        #expect(throws: StorageError.self) { try FileSystem.write([1], to: folder.path) }
        #expect(throws: StorageError.missing(path: file)) { try FileSystem.syncDirectory(file) }
        try FileSystem.syncDirectory(folder.path)
    }
}

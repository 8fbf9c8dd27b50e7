import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Storage

@Suite(.holdsLedgers) struct FolderTests {
    private let folder: TemporaryFolder
    private let file: String

    init() throws {
        folder = try TemporaryFolder()
        file = folder.path + "/file"
    }

    @Test func makingTwiceIsFine() throws {
        let path = folder.path + "/a"
        for _ in 0..<2 { try Folder.make(path) }
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect(attributes[.posixPermissions] as? Int == 0o700)
        #expect(throws: StorageError.missing(path: path + "/b/c")) { try Folder.make(path + "/b/c") }
    }

    @Test func names() throws {
        #expect(try Folder.names(folder.path + "/none") == [])
        for name in ["b", "a", ".c"] { try Folder.write([], to: folder.path + "/" + name) }
        #expect(try Folder.names(folder.path).sorted() == [".c", "a", "b"])
        #expect(throws: StorageError.missing(path: folder.path + "/a")) { try Folder.names(folder.path + "/a") }
    }

    @Test func removing() throws {
        let path = folder.path + "/a"
        try Folder.make(path)
        try Folder.write([1], to: path + "/b")
        for _ in 0..<2 { Folder.remove(path) }
        #expect(try Folder.names(folder.path) == [])
    }

    @Test func whatIsWrittenIsRead() throws {
        #expect(try Folder.read(file, most: 10) == nil)
        let long = (0..<100_000).map { UInt8(truncatingIfNeeded: $0) }
        for bytes in [long, [], [1, 2, 3]] {
            try Folder.write(bytes, to: file)
            #expect(try Folder.read(file, most: 1 << 20) == bytes)
        }
        #expect(try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int == 0o600)
        try Folder.write(long, to: file)
        let some = try #require(try Folder.read(file, most: 10))
        #expect(some.count > 10 && some.count < long.count && some == Array(long.prefix(some.count)))
    }

    /// A name that leads elsewhere is replaced, and what it leads to stays as it was.
    @Test func writingFollowsNoLink() throws {
        let other = folder.path + "/other"
        try Folder.write([1], to: other)
        try FileManager.default.createSymbolicLink(atPath: file, withDestinationPath: other)
        try Folder.write([2], to: file)
        #expect(try Folder.read(other, most: 10) == [1])
        #expect(try Folder.read(file, most: 10) == [2])
    }

    /// Where several processes make the same file, the first one's content is kept; where they replace it, the last one's. No other
    /// name is left.
    @Test func aFileIsThereWholeOrNotAtAll() throws {
        #expect(try Folder.create("file", [1, 2], in: folder.path))
        #expect(try !Folder.create("file", [3], in: folder.path))
        #expect(try Folder.read(file, most: 10) == [1, 2])
        try Folder.replace("file", [4], in: folder.path)
        try Folder.replace("other", [5], in: folder.path)
        #expect(try Folder.read(file, most: 10) == [4])
        #expect(try Folder.names(folder.path).sorted() == ["file", "other"])
        #expect(try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int == 0o600)
        #expect(throws: StorageError.self) { try Folder.create("file", [1], in: folder.path + "/none") }
        #expect(throws: StorageError.self) { try Folder.replace("file", [1], in: folder.path + "/none") }
    }

    /// While some make files, others take away what looks like a leftover, however young.
    @Test func aFileIsMadeWhateverIsTidiedUpMeanwhile() throws {
        let path = folder.path
        let isDone = Atomic(false)
        let tidier = Thread {
            while !isDone.load(ordering: .relaxed) {
                for name in (try? Folder.names(path)) ?? [] where name.hasPrefix(".new~") { unsafe unlink(path + "/" + name) }
                usleep(200_000)
            }
        }
        tidier.start()
        defer { isDone.store(true, ordering: .relaxed) }
        for number in 0..<50 {
            #expect(try Folder.create("created-\(number)", [1], in: path))
            try Folder.replace("replaced", [UInt8(number)], in: path)
        }
    }

    /// What was left by a process that was killed goes, and what may be somebody's who is at it stays.
    @Test func leftoversGoWhenTheyAreOld() throws {
        for name in [".new~1-1", ".new~1-2", ".new~1-3", "new", ".other"] { try Folder.write([1], to: folder.path + "/" + name) }
        for (name, seconds) in [(".new~1-1", -3600.0), (".new~1-2", 3600), ("new", -3600), (".other", -3600)] {
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSinceNow: seconds)], ofItemAtPath: folder.path + "/" + name)
        }
        Folder.removeLeftovers(in: folder.path)
        #expect(try Folder.names(folder.path).sorted() == [".new~1-3", ".other", "new"])
        Folder.removeLeftovers(in: folder.path + "/none")
    }

    @Test func aSharedFolderIsLookedAtAnewWhenItHasChanged() async throws {
        let shared = SharedFolder(folder.path)
        // So soon after a change nothing is known of it.
        #expect(shared.identity == nil)
        try shared.settle()
        while shared.identity == nil { try await Task.sleep(for: .milliseconds(50)) }
        let before = shared.identity
        try shared.settle()
        #expect(shared.identity == before)
        try Folder.write([], to: file)
        while shared.identity == nil { try await Task.sleep(for: .milliseconds(50)) }
        #expect(shared.identity != before)
        #expect(throws: StorageError.missing(path: folder.path + "/none")) { try SharedFolder(folder.path + "/none").settle() }
    }

    /// A process that may make a directory in another may not be allowed to read that.
    @Test func aParentThatCannotBeReadIsNoHindrance() throws {
        let parent = folder.path + "/parent"
        try Folder.make(parent)
        try FileManager.default.setAttributes([.posixPermissions: 0o300], ofItemAtPath: parent)
        defer { try? FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: parent) }
        try Folder.make(parent + "/child")
        #expect(Folder.isFolder(parent + "/child"))
    }

    /// What a link leads to is the folder, and its name stands in the folder that it leads to.
    @Test func aFolderMayBeALink() throws {
        try Folder.make(folder.path + "/real")
        try FileManager.default.createSymbolicLink(atPath: folder.path + "/link", withDestinationPath: folder.path + "/real")
        try Folder.make(folder.path + "/link")
        try Folder.make(folder.path + "/link/child")
        #expect(Folder.isFolder(folder.path + "/real/child"))
    }

    @Test func aFolderIsNoFile() throws {
        #expect(throws: StorageError.self) { try Folder.read(folder.path, most: 10) }
        #expect(throws: StorageError.self) { try Folder.write([1], to: folder.path) }
        #expect(throws: StorageError.missing(path: file)) { try Folder.sync(file) }
        try Folder.sync(folder.path)
    }
}

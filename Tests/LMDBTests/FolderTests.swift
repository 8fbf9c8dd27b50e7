import Foundation
import TestSupport
import Testing

@testable import LMDB

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
        #expect(throws: LMDBError.missing(path: path + "/b/c")) { try Folder.make(path + "/b/c") }
    }

    @Test func names() throws {
        #expect(try Folder.names(folder.path + "/none") == [])
        for name in ["b", "a", ".c"] { try Folder.write([], to: folder.path + "/" + name) }
        #expect(try Folder.names(folder.path).sorted() == [".c", "a", "b"])
        #expect(throws: LMDBError.missing(path: folder.path + "/a")) { try Folder.names(folder.path + "/a") }
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

    @Test func aFolderIsNoFile() throws {
        #expect(throws: LMDBError.self) { try Folder.read(folder.path, most: 10) }
        #expect(throws: LMDBError.self) { try Folder.write([1], to: folder.path) }
        #expect(throws: LMDBError.missing(path: file)) { try Folder.sync(file) }
        try Folder.sync(folder.path)
    }
}

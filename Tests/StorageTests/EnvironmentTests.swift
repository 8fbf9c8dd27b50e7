import Foundation
import TestSupport
import Testing

@testable import Storage

@Suite(.holdsLedgers) struct EnvironmentTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func tablesAreApartAndKeepTheirContents() throws {
        let names = ["a", "b", "c"]
        do {
            let environment = try Environment(path: folder.path, tables: names, options: Environment.small)
            try environment.write { transaction in
                for (index, name) in names.enumerated() {
                    try transaction.put([1], [UInt8(index)], in: environment.table(name))
                }
            }
        }
        // In another order, and with one more.
        let again = try Environment(path: folder.path, tables: ["d"] + names.reversed(), options: Environment.small)
        try again.read { transaction in
            for (name, expected) in [("a", [0]), ("b", [1]), ("c", [2]), ("d", nil)] as [(String, [UInt8]?)] {
                let value = try transaction.get([1 as UInt8].span, in: again.table(name))?.copy()
                #expect(value == expected)
            }
        }
    }

    @Test func aMissingFolderIsNamed() {
        let path = folder.path + "/nothing"
        #expect(throws: StorageError.missing(path: path)) { try Environment(at: path) }
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func filesThatAreNotLMDBAreRefusedAndLeftAlone() throws {
        let file = folder.path + "/data.mdb"
        let contents = Data(repeating: 0x55, count: 16_384)
        try contents.write(to: URL(fileURLWithPath: file))
        #expect(throws: StorageError.notLMDB) { try Environment(at: folder.path) }
        #expect(try Data(contentsOf: URL(fileURLWithPath: file)) == contents)
    }

    /// The tool `cp` restores a backup by writing into the open file, which stays the same file. One commit less is enough, and writing
    /// on is no way out.
    @Test func anOlderCopyThatIsWrittenIntoTheFileIsNoticed() throws {
        let environment = try Environment(at: folder.path)
        try environment.put(1, [1])
        let file = URL(fileURLWithPath: folder.path + "/data.mdb")
        let copy = try Data(contentsOf: file)
        try environment.put(1, [2])
        try environment.read { _ in }
        let handle = try FileHandle(forWritingTo: file)
        try handle.write(contentsOf: copy)
        try handle.close()
        for _ in 0..<3 {
            #expect(throws: StorageError.overwritten) { try environment.read { _ in } }
            #expect(throws: StorageError.overwritten) { try environment.put(2, [3]) }
        }
    }

    @Test func anotherVersionOfTheFilesIsNamed() throws {
        try Environment(at: folder.path).put(1, [1])
        let file = URL(fileURLWithPath: folder.path + "/data.mdb")
        var contents = try Data(contentsOf: file)
        // The version follows the magic number in the meta page, whose header has 16 bytes.
        for page in [0, 4096] { contents[page + 20] = 9 }
        try contents.write(to: file)
        #expect(throws: StorageError.versionMismatch) { try Environment(at: folder.path) }
    }

    /// So that files of a newer version can be refused before anything is made in them.
    @Test func anEntryIsReadWithoutChangingTheFiles() throws {
        try Environment(at: folder.path).put(1, [7])
        let file = URL(fileURLWithPath: folder.path + "/data.mdb")
        let before = try Data(contentsOf: file)
        let key = (0..<8).map { $0 == 7 ? 1 : 0 } as [UInt8]
        #expect(try Environment.entries([key, [1]], in: "t", path: folder.path) == [[7], nil])
        #expect(try Environment.entries([key], in: "other", path: folder.path) == [nil])
        #expect(try Data(contentsOf: file) == before)
        // And the folder is free again.
        let environment = try Environment(at: folder.path)
        #expect(try environment.value(1) == [7])
        #expect(throws: StorageError.alreadyOpen(path: folder.path)) { try Environment.entries([key], in: "t", path: folder.path) }
    }

    @Test func theFilesAreForTheirOwnerOnly() throws {
        try Environment(at: folder.path).put(1, [1])
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
            let mode = try FileManager.default.attributesOfItem(atPath: folder.path + "/" + name)[.posixPermissions] as? Int
            #expect(mode == 0o600, "\(name)")
        }
    }

    @Test func whatWasNotSyncedIsThereAfterSync() throws {
        let options = Environment.Options(mapSize: 1 << 20, isSyncedByCaller: true)
        do {
            let environment = try Environment(at: folder.path, options)
            try environment.put(1...100, [1])
            try environment.sync()
        }
        #expect(try Environment(at: folder.path).count() == 100)
    }

    @Test func aTableThatWasNotNamedIsAMistake() async {
        await #expect(processExitsWith: .failure) { [path = folder.path as String] in
            _ = try Environment(at: path).table("other")
        }
    }

    @Test func writersOfManyThreadsTakeTurns() throws {
        let environment = try Environment(at: folder.path)
        onThreads(8) { _ in
            do {
                for _ in 0..<25 { try environment.increment(1) }
            } catch { Issue.record(error) }
        }
        #expect(try environment.number(1) == 200)
    }

    @Test func roomIsTakenFromTheDiskBeforehand() throws {
        let environment = try Environment(at: folder.path)
        try environment.put(1, [1])
        let room = 4 << 20
        #expect(environment.ensureRoom(room))
        #expect(bytesOnDisk("data.mdb") >= environment.information.usedBytes + room)
        // The room is used, and what was written before stands.
        try environment.put(2, Array(repeating: 1, count: room))
        #expect(environment.ensureRoom(room))
        #expect(try environment.value(1) == [1])
    }

    /// Or else the first use of a place in it, on a full disk, would end the process.
    @Test func theReaderTableHasItsRoomOnTheDisk() throws {
        let environment = try Environment(at: folder.path)
        #expect(bytesOnDisk("lock.mdb") >= 64 << 10)
        try environment.put(1, [1])
    }

    private func bytesOnDisk(_ file: String) -> Int {
        var status = stat()
        return unsafe stat(folder.path + "/" + file, &status) == 0 ? Int(status.st_blocks) * 512 : 0
    }

    @Test func roomThatIsNotThereIsNotPromised() async {
        await #expect(processExitsWith: .success) { [path = folder.path as String] in
            Child.limitFileSize(1 << 20)
            let environment = try Environment(at: path)
            #expect(environment.ensureRoom(400 << 10))
            #expect(!environment.ensureRoom(4 << 20))
            // Half of what is asked for to save calls would not fit any more; the rest does.
            try environment.put(1, Array(repeating: 1, count: 300 << 10))
            #expect(environment.ensureRoom(400 << 10))
        }
    }
}

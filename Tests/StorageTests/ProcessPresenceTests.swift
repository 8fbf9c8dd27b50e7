import Foundation
import TestSupport
import Testing

@testable import Storage

@Suite(.holdsLedgers) struct ProcessPresenceTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func otherNamespace() throws -> FileLock {
        let other = try FileLock(path: folder.path + "/processes")
        try other.lockShared()
        try other.write(Array("pid:[1]".utf8))
        return other
    }

    @Test func anotherNamespaceIsRefusedWhileItIsThere() throws {
        let other = try otherNamespace()
        #expect(throws: StorageError.otherPIDNamespace(path: folder.path)) { try Environment(at: folder.path) }
        // Nothing of LMDB's was touched, and nothing changed for the other.
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["processes"])
        #expect(other.read() == Array("pid:[1]".utf8))
        other.unlock()
        #expect(throws: Never.self) { try Environment(at: folder.path) }
    }

    /// Somebody has emptied the file while a process of this namespace has the directory open: it can be seen, so it is no other one.
    @Test(arguments: ["", "x"]) func anEmptiedFileLocksNobodyOut(_ content: String) async throws {
        let environment = try Environment(at: folder.path)
        let file = folder.path + "/processes"
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: file))
        try handle.truncate(atOffset: 0)
        try handle.write(contentsOf: Data(content.utf8))
        try handle.close()
        await #expect(processExitsWith: .success) { [path = folder.path as String] in try Environment(at: path).put(1, [1]) }
        #expect(try environment.value(1) == [1])
        #expect(try String(contentsOfFile: file, encoding: .utf8).hasPrefix("pid:["))
    }

    @Test func aNamespaceThatIsGoneIsForgotten() throws {
        try otherNamespace().unlock()
        let environment = try Environment(at: folder.path)
        try environment.put(1, [1])
        let written = try FileLock(path: folder.path + "/processes").read()
        #expect(String(decoding: written, as: UTF8.self).hasPrefix("pid:["))
        #expect(written != Array("pid:[1]".utf8))
    }

    @Test func processesOfOneNamespaceShare() async throws {
        let environment = try Environment(at: folder.path)
        await #expect(processExitsWith: .success) { [path = folder.path as String] in
            try Environment(at: path).put(1, [1])
        }
        #expect(try environment.value(1) == [1])
    }

    /// A disk that has become full does not keep the ledger from being opened again.
    @Test func openingAgainWritesNothing() async throws {
        try Environment(at: folder.path).put(1, [1])
        await #expect(processExitsWith: .success) { [path = folder.path as String] in
            Child.limitFileSize(0)
            let environment = try Environment(at: path)
            #expect(try environment.value(1) == [1])
            #expect(throws: StorageError.noSpace) { try environment.put(2, [1]) }
        }
    }

    @Test func aFullDiskIsNotTakenForAnotherNamespace() async throws {
        await #expect(processExitsWith: .success) { [path = folder.path as String] in
            Child.limitFileSize(0)
            #expect(throws: StorageError.noSpace) { try Environment(at: path) }
        }
    }
}

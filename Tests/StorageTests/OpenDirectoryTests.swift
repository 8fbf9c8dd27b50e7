import Foundation
import TestSupport
import Testing

@testable import Storage

@Suite(.holdsLedgers) struct OpenDirectoryTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func aSecondEnvironmentOfOneFolderIsRefused() throws {
        let first = try Environment(at: folder.path)
        #expect(throws: StorageError.alreadyOpen(path: folder.path)) { try Environment(at: folder.path) }
        try first.put(1, [1])
        #expect(try first.value(1) == [1])
    }

    @Test func anotherSpellingIsTheSameFolder() throws {
        let link = folder.path + "-link"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: folder.path)
        defer { try? FileManager.default.removeItem(atPath: link) }
        try withExtendedLifetime(Environment(at: folder.path)) {
            for spelling in [link, folder.path + "/", folder.path + "/../" + (folder.path as NSString).lastPathComponent] {
                #expect(throws: StorageError.alreadyOpen(path: spelling)) { try Environment(at: spelling) }
            }
        }
        // The refused attempts have not left their mark.
        #expect(throws: Never.self) { try Environment(at: folder.path) }
        #expect(throws: Never.self) { try Environment(at: link) }
    }

    @Test func aFolderIsOpenedAgainAfterItWasClosed() throws {
        for round in 0..<5 as Range<UInt64> {
            let environment = try Environment(at: folder.path)
            #expect(try environment.count() == Int(round))
            try environment.put(round, [1])
        }
    }

    @Test func aFolderIsOpenedAgainAfterOpeningFailed() throws {
        #expect(throws: StorageError.self) {
            try Environment(path: folder.path, tables: [String(repeating: "x", count: 600)])
        }
        #expect(throws: Never.self) { try Environment(at: folder.path) }
    }

    @Test func aNewFolderInTheOldOnesPlaceIsAnother() throws {
        let first = try Environment(at: folder.path)
        try first.put(1, [1])
        try FileManager.default.moveItem(atPath: folder.path, toPath: folder.path + "-moved")
        defer { try? FileManager.default.removeItem(atPath: folder.path + "-moved") }
        try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: false)
        do {
            let second = try Environment(at: folder.path)
            #expect(try second.value(1) == nil)
        }
        #expect(throws: Never.self) { try Environment(at: folder.path) }
        #expect(throws: StorageError.alreadyOpen(path: folder.path + "-moved")) { try Environment(at: folder.path + "-moved") }
        #expect(try first.value(1) == [1])
    }

    @Test func ofManyAtOnceOneOpens() throws {
        let opened = Opened()
        onThreads(8) { [path = folder.path] _ in
            do { opened.add(try Environment(at: path)) } catch {
                if error as? StorageError != .alreadyOpen(path: path) { Issue.record(error) }
            }
        }
        #expect(opened.count == 1)
    }
}

/// Keeps what was opened open.
private final class Opened: @unchecked Sendable {
    private let lock = NSLock()
    private var environments: [Environment] = []

    func add(_ environment: Environment) { lock.withLock { environments.append(environment) } }

    var count: Int { lock.withLock { environments.count } }
}

import Bytes
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Storage

/// A commit that fails leaves the files as they were, and the environment usable. Each test has a process of its own, since
/// limits on files hold for a whole process.
@Suite(.holdsLedgers) struct EnvironmentFailureTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func aFailedCommitChangesNothingAndTheNextOneWorks() async {
        await #expect(processExitsWith: .success) { [path = folder.path as String] in
            let environment = try Environment(at: path)
            try environment.put(1...10, [1])
            for _ in 0..<5 {
                Child.limitFileSize(128 << 10)
                #expect(throws: StorageError.noSpace) { try environment.put(5...500, Array(repeating: 2, count: 2_000)) }
                #expect(try environment.count() == 10)
                #expect(try environment.value(5) == [1])
                try environment.put(11, [1])
                Child.limitFileSize(.max)
                _ = try environment.change { try $0.delete(BigEndianKey(11).storage.span, in: environment.t) }
            }
            try environment.put(5...500, Array(repeating: 2, count: 2_000))
            #expect(try environment.count() == 500)
        }
    }

    /// The files cannot be opened again at first, since no more files may be open.
    @Test func filesThatCannotBeReopenedAreReopenedLater() async {
        await #expect(processExitsWith: .success) { [path = folder.path as String] in
            let environment = try Environment(at: path)
            try environment.put(1...10, [1])
            Child.limitFileSize(128 << 10)
            Child.limitOpenFiles(3)
            #expect(throws: StorageError.self) { try environment.put(5...500, Array(repeating: 2, count: 2_000)) }
            #expect(throws: StorageError.self) { try environment.value(1) }
            #expect(throws: StorageError.self) { try environment.put(1, [2]) }
            #expect(throws: StorageError.panic) { try environment.sync() }
            #expect(!environment.ensureRoom(1))
            #expect(environment.clearStaleReaders() == 0)
            #expect(environment.information.usedBytes == 0)
            #expect(environment.lastTransactionID == 0)
            Child.limitOpenFiles(.max)
            Child.limitFileSize(.max)
            #expect(try environment.value(5) == [1])
            try environment.put(5...500, [3])
            #expect(try environment.count() == 500)
        }
    }

    @Test func anEnvironmentThatCouldNotBeReopenedCanBeClosed() async {
        await #expect(processExitsWith: .success) { [path = folder.path as String] in
            do {
                let environment = try Environment(at: path)
                Child.limitFileSize(128 << 10)
                Child.limitOpenFiles(3)
                #expect(throws: StorageError.self) { try environment.put(5...500, Array(repeating: 2, count: 2_000)) }
            }
            Child.limitOpenFiles(.max)
            Child.limitFileSize(.max)
            try Environment(at: path).put(1, [1])
        }
    }

    @Test func readersNoticeNothingOfFailedCommits() async {
        await #expect(processExitsWith: .success) { [path = folder.path as String] in
            let environment = try Environment(at: path)
            try environment.put(1...10, [1])
            Child.limitFileSize(128 << 10)
            let isDone = Atomic<Bool>(false)
            onThreads(4) { index in
                do {
                    if index == 0 {
                        for _ in 0..<15 {
                            #expect(throws: StorageError.noSpace) { try environment.put(5...500, Array(repeating: 2, count: 2_000)) }
                        }
                        isDone.store(true, ordering: .relaxed)
                    }
                    while !isDone.load(ordering: .relaxed) {
                        if try environment.value(5) != [1] { Issue.record("a reader saw what was never committed") }
                        if environment.information.usedBytes == 0 { Issue.record("the files were closed") }
                        _ = environment.ensureRoom(1)
                        try environment.sync()
                        usleep(100)
                    }
                } catch {
                    Issue.record(error)
                    isDone.store(true, ordering: .relaxed)
                }
            }
        }
    }
}

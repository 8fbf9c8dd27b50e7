import Bytes
import Synchronization
import TestSupport
import Testing

@testable import Storage

@Suite(.holdsLedgers) struct ReadTransactionTests {
    private let folder: TemporaryFolder
    private let environment: Environment

    init() throws {
        folder = try TemporaryFolder()
        environment = try Environment(at: folder.path)
    }

    @Test func aMissingEntryIsNil() throws {
        #expect(try environment.value(1) == nil)
        #expect(throws: StorageError.badValueSize) {
            try environment.read { transaction in try transaction.get([UInt8]().span, in: environment.t)?.copy() }
        }
    }

    @Test func theViewDoesNotChangeUnderAReader() throws {
        try environment.put(1...2, [1])
        try environment.read { transaction in
            let id = transaction.id
            onThreads(1) { [environment] _ in
                do { try environment.put(1...3, [2]) } catch { Issue.record(error) }
            }
            let values = try (1...3).map { key in try transaction.get(UInt64(key), in: environment.t)?.copy() }
            let count = try transaction.count(of: environment.t)
            let idAfterwards = transaction.id
            #expect(values == [[1], [1], nil])
            #expect(count == 2)
            #expect(idAfterwards == id)
        }
        #expect(try environment.value(3) == [2])
    }

    @Test func whatTheBodyThrowsIsPassedOn() throws {
        struct Stop: Error {}
        #expect(throws: Stop.self) { try environment.read { _ in throw Stop() } }
        #expect(try environment.value(1) == nil)
    }

    @Test func aNumberIsRememberedUntilTheContentsChange() throws {
        var computed = 0
        func remembered() throws -> SIMD4<UInt64> {
            try environment.read { transaction in
                try transaction.remembered {
                    computed += 1
                    return SIMD4(repeating: UInt64(try transaction.count(of: environment.t)))
                }
            }
        }
        #expect(try [remembered(), remembered(), remembered()] == Array(repeating: SIMD4(0, 0, 0, 0), count: 3))
        #expect(computed == 1)
        try environment.put(1...5, [1])
        #expect(try [remembered(), remembered()] == Array(repeating: SIMD4(5, 5, 5, 5), count: 2))
        #expect(computed == 2)
        // A write that leaves nothing behind changes no contents.
        try environment.write { _ in }
        #expect(try remembered() == SIMD4(5, 5, 5, 5))
        #expect(computed == 2)
    }

    @Test func aNumberThatCouldNotBeWorkedOutIsNotRemembered() throws {
        struct Stop: Error {}
        #expect(throws: Stop.self) {
            try environment.read { transaction in try transaction.remembered { throw Stop() } }
        }
        #expect(try environment.read { transaction in transaction.remembered { SIMD4(3, 2, 1, 0) } } == SIMD4(3, 2, 1, 0))
    }

    /// LMDB reads a reader's id and its tables one after the other. Readers that are held up in between, here by too many threads and
    /// fast commits, have a later view than their id says. Without the second look at the id, 40,000 commits show seven to thirteen of
    /// them.
    @Test func aRememberedNumberIsOfTheView() throws {
        let folder = try TemporaryFolder()
        let environment = try Environment(at: folder.path, .init(mapSize: 64 << 20, isSyncedByCaller: true))
        try environment.increment(1)
        let isOver = Atomic<Bool>(false)
        let wrong = Atomic<Int>(0)
        onThreads(13) { index in
            do {
                if index == 0 {
                    for _ in 0..<40_000 { try environment.increment(1) }
                    isOver.store(true, ordering: .relaxed)
                }
                while !isOver.load(ordering: .relaxed) {
                    let isSame = try environment.read { transaction in
                        let number = try transaction.get(1, in: environment.t)?.bigEndian()
                        return try transaction.remembered { SIMD4(try transaction.get(1, in: environment.t)?.bigEndian() ?? 0, 0, 0, 0) }[0]
                            == number
                    }
                    if !isSame { wrong.add(1, ordering: .relaxed) }
                }
            } catch { Issue.record(error) }
        }
        #expect(wrong.load(ordering: .relaxed) == 0)
    }
}

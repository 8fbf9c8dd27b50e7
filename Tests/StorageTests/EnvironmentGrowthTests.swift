import Bytes
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Storage

/// The memory map grows, here and in other processes, and nobody notices.
@Suite(.holdsLedgers) struct EnvironmentGrowthTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private static let value = [UInt8](repeating: 5, count: 2_000)

    /// 256 KiB of map, 8 MiB of entries.
    @Test func noWriteIsLostWhenTheMapIsFull() throws {
        let environment = try Environment(at: folder.path, Environment.small)
        for start in stride(from: 0, to: 4_000, by: 50) as StrideTo<UInt64> { try environment.put(start...start + 49, Self.value) }
        #expect(try environment.count() == 4_000)
        try environment.read { transaction in
            var cursor = try transaction.cursor(in: environment.t)
            for key in 0..<4_000 as Range<UInt64> {
                let isFound = try cursor.next()
                let (found, value) = (cursor.key.bigEndian(), cursor.value.copy())
                try #require(isFound && found == key && value == Self.value)
            }
        }
        #expect(environment.information.mapBytes >= environment.information.usedBytes)
        #expect(environment.information.mapBytes > 256 << 10)
    }

    /// One transaction many times the size of the map: each attempt starts anew, on what was there before.
    @Test func theBodyRunsAgainFromTheStart() throws {
        let environment = try Environment(at: folder.path, Environment.small)
        try environment.increment(9_999)
        var counts: [Int] = []
        let result = try environment.write { transaction in
            counts.append(try transaction.count(of: environment.t))
            let number = (try transaction.get(9_999, in: environment.t)?.bigEndian() ?? 0) + 1
            try transaction.put(9_999, BigEndianKey(number).storage.span, in: environment.t)
            for key in 0..<2_000 as Range<UInt64> { try transaction.put(key, Self.value.span, in: environment.t) }
            return counts.count
        }
        #expect(counts.count > 3)
        #expect(Set(counts) == [1])
        #expect(result == counts.count)
        #expect(try environment.number(9_999) == 2)
        #expect(try environment.count() == 2_001)
    }

    @Test func theLargestSizeIsKept() throws {
        let environment = try Environment(at: folder.path, .init(mapSize: 256 << 10, maxMapSize: 1 << 20))
        #expect(throws: StorageError.mapFull) { try environment.put(0...1_000, Self.value) }
        #expect(environment.information.mapBytes == 1 << 20)
        #expect(try environment.count() == 0)
        try environment.put(1, [1])
        #expect(try environment.value(1) == [1])
    }

    @Test func filesLargerThanTheFirstMapAreOpenedAndGrow() throws {
        try Environment(at: folder.path, Environment.small).put(0...2_000, Self.value)
        let environment = try Environment(at: folder.path, Environment.small)
        var attempts = 0
        try environment.write { transaction in
            attempts += 1
            for key in 3_000...3_500 as ClosedRange<UInt64> { try transaction.put(key, Self.value.span, in: environment.t) }
        }
        #expect(try environment.count() == 2_502)
        // The map is doubled from what it is, not from what was asked for.
        #expect(attempts <= 2)
    }

    @Test func newTablesFitIntoAFullMap() throws {
        let names = (0..<40).map { "table-\($0)-" + String(repeating: "x", count: 400) }
        let environment = try Environment(path: folder.path, tables: names, options: .init(mapSize: 16 << 10, maxMapSize: 1 << 20))
        try environment.write { transaction in
            for name in names { try transaction.put([1], [2], in: environment.table(name)) }
        }
        let counts = try environment.read { transaction in try names.map { try transaction.count(of: environment.table($0)) } }
        #expect(counts == Array(repeating: 1, count: 40))
    }

    /// Readers see whole transactions while the map moves beneath them again and again.
    @Test func readersGoOnWhileTheMapGrows() throws {
        let environment = try Environment(at: folder.path, Environment.small)
        try environment.put(0...1, Self.value)
        let isDone = Atomic<Bool>(false)
        let reads = Atomic<Int>(0)
        onThreads(5) { index in
            do {
                if index == 0 {
                    for key in 1...150 as ClosedRange<UInt64> { try environment.put(key * 4...key * 4 + 3, Self.value) }
                    isDone.store(true, ordering: .relaxed)
                }
                while !isDone.load(ordering: .relaxed) {
                    try environment.read { transaction in
                        let count = try transaction.count(of: environment.t)
                        var cursor = try transaction.cursor(in: environment.t)
                        let isFound = try cursor.last()
                        let (key, value) = (cursor.key.bigEndian(), cursor.value.copy())
                        if !isFound || value != Self.value || (count - 2) % 4 != 0 || (count > 2 && Int(key) != count + 1) {
                            Issue.record("a reader saw \(count) entries, the last of them \(key)")
                        }
                    }
                    reads.add(1, ordering: .relaxed)
                    usleep(20)
                }
            } catch {
                Issue.record(error)
                isDone.store(true, ordering: .relaxed)
            }
        }
        #expect(reads.load(ordering: .relaxed) > 100)
        #expect(try environment.count() == 602)
    }

    @Test func theGrowthOfAnotherProcessIsAdoptedByReaders() async throws {
        let environment = try Environment(at: folder.path, Environment.small)
        try environment.put(1, [1])
        await #expect(processExitsWith: .success) { [path = folder.path as String] in
            try Environment(at: path, Environment.small).put(2...2_000, Array(repeating: 5, count: 2_000))
        }
        #expect(environment.information.mapBytes == 256 << 10)
        #expect(try environment.value(2_000) == Self.value)
        #expect(try environment.count() == 2_000)
        #expect(environment.information.mapBytes >= environment.information.usedBytes)
    }

    @Test func theGrowthOfAnotherProcessIsAdoptedByWriters() async throws {
        let environment = try Environment(at: folder.path, Environment.small)
        try environment.put(1, [1])
        await #expect(processExitsWith: .success) { [path = folder.path as String] in
            try Environment(at: path, Environment.small).put(2...2_000, Array(repeating: 5, count: 2_000))
        }
        try environment.put(2_001...4_000, Self.value)
        #expect(try environment.count() == 4_000)
        #expect(try environment.value(1) == [1])
    }

    /// Both grow the map in turn, both read and write throughout.
    @Test func twoProcessesGrowTheMapAtOnce() async throws {
        let environment = try Environment(at: folder.path, Environment.small)
        let beside = Beside { [folder] in
            Child.wait(for: folder.path + "/started")
            for key in 0..<400 as Range<UInt64> {
                try environment.put(key * 2, Self.value)
                #expect(try environment.value(key * 2) == Self.value)
            }
        }
        await #expect(processExitsWith: .success) { [path = folder.path as String] in
            let environment = try Environment(at: path, Environment.small)
            Child.mark(path + "/started")
            for key in 0..<400 as Range<UInt64> {
                try environment.put(key * 2 + 1, Array(repeating: 5, count: 8_000))
                #expect(try environment.value(key * 2 + 1)?.count == 8_000)
            }
        }
        try beside.join()
        #expect(try environment.count() == 800)
    }

    @Test func aMapThatCannotGrowIsAnErrorAndNoMore() async {
        await #expect(processExitsWith: .success) { [path = folder.path as String] in
            let environment = try Environment(at: path, .init(mapSize: 256 << 10, maxMapSize: 1 << 62))
            try environment.put(1, [1])
            // Far more address space than there is: the map cannot be had at some size.
            #expect(throws: StorageError.self) {
                try environment.change { _ in throw StorageError.mapFull }
            }
            #expect(try environment.value(1) == [1])
            try environment.put(2, [2])
            #expect(try environment.count() == 2)
        }
    }
}

import Bytes
import TestSupport
import Testing

@testable import Storage

@Suite(.holdsLedgers) struct WriteTransactionTests {
    private struct Refusal: Error {}

    private let folder: TemporaryFolder
    private let environment: Environment

    init() throws {
        folder = try TemporaryFolder()
        environment = try Environment(at: folder.path)
    }

    private func put(_ key: [UInt8], _ value: [UInt8], mode: WriteTransaction.PutMode = .insertOrReplace) throws {
        try environment.write { try $0.put(key, value, in: environment.t, mode: mode) }
    }

    private func value(_ key: [UInt8]) throws -> [UInt8]? {
        try environment.read { transaction in try transaction.get(key.span, in: environment.t)?.copy() }
    }

    @Test func replacesByDefault() throws {
        try put([1], [1])
        try put([1], [2, 3])
        #expect(try value([1]) == [2, 3])
        #expect(try value([2]) == nil)
        #expect(try environment.count() == 1)
    }

    @Test func insertRefusesWhatExists() throws {
        try put([1], [1], mode: .insert)
        #expect(throws: StorageError.keyExists) { try put([1], [2], mode: .insert) }
        #expect(try value([1]) == [1])
    }

    @Test func appendRefusesWhatIsOutOfOrder() throws {
        try put([5], [1], mode: .append)
        #expect(throws: StorageError.keyExists) { try put([4], [2], mode: .append) }
        #expect(throws: StorageError.keyExists) { try put([5], [2], mode: .append) }
        try put([6], [3], mode: .append)
        #expect(try value([4]) == nil)
        #expect(try value([5]) == [1])
        #expect(try environment.count() == 2)
    }

    @Test func anEmptyValueIsNotAMissingOne() throws {
        try put([1], [])
        #expect(try value([1]) == [])
    }

    @Test(arguments: [0, 512]) func aKeyOfAWrongSizeIsRefused(_ size: Int) throws {
        #expect(throws: StorageError.badValueSize) { try put(Array(repeating: 1, count: size), [1]) }
    }

    @Test func theLargestKeyAndALargeValueAreKept() throws {
        let key = [UInt8](repeating: 7, count: 511)
        let value = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0) }
        try put(key, value)
        #expect(try self.value(key) == value)
    }

    @Test func deleteAnswersWhetherTheEntryWasThere() throws {
        try put([1], [1])
        let deleted = try environment.write { transaction in
            (
                try transaction.delete([1 as UInt8].span, in: environment.t), try transaction.delete([1 as UInt8].span, in: environment.t)
            )
        }
        #expect(deleted == (true, false))
        #expect(try value([1]) == nil)
    }

    @Test func clearRemovesAllAndKeepsTheTable() throws {
        try environment.put(0...1_000, [1])
        try environment.write { transaction in
            try transaction.clear(environment.t)
            try transaction.put(3, [2 as UInt8].span, in: environment.t)
        }
        #expect(try environment.count() == 1)
        #expect(try environment.value(3) == [2])
    }

    @Test func seesItsOwnWritesBeforeOthersDo() throws {
        try environment.put(1, [1])
        try environment.write { transaction in
            try transaction.put(1, [2 as UInt8].span, in: environment.t)
            let own = try transaction.get(1, in: environment.t)?.copy()
            #expect(own == [2])
            #expect(try environment.value(1) == [1])
        }
        #expect(try environment.value(1) == [2])
    }

    @Test func whateverTheBodyThrowsUndoesIt() throws {
        try environment.put(1...2, [1])
        let id = environment.lastTransactionID
        #expect(throws: Refusal.self) {
            try environment.write { transaction in
                try transaction.put(1, [2 as UInt8].span, in: environment.t)
                try transaction.put(3, [2 as UInt8].span, in: environment.t)
                try transaction.delete(BigEndianKey(2).storage.span, in: environment.t)
                throw Refusal()
            }
        }
        #expect(try [1, 2, 3].map { try environment.value($0) } == [[1], [1], nil])
        #expect(environment.lastTransactionID == id)
    }

    @Test func eachCommitGetsTheNextNumber() throws {
        try environment.put(1, [1])
        let first = environment.lastTransactionID
        let inside = try environment.write { transaction in
            try transaction.put(1, [2 as UInt8].span, in: environment.t)
            return transaction.id
        }
        #expect(inside == first + 1)
        #expect(environment.lastTransactionID == first + 1)
    }

    /// Random transactions, some of them thrown away, against a dictionary; the files are reopened now and then.
    @Test func behavesLikeADictionary() throws {
        try withSeed { random in
            let folder = try TemporaryFolder()
            var model: [UInt64: [UInt8]] = [:]
            for _ in 0..<4 {
                let environment = try Environment(at: folder.path, Environment.small)
                #expect(try contents(environment) == model)
                for _ in 0..<15 {
                    model = try change(model, environment, &random)
                    #expect(try contents(environment) == model)
                }
            }
        }
    }

    /// Answers what the table should hold then.
    private func change(
        _ model: [UInt64: [UInt8]], _ environment: Environment, _ random: inout SplitMix64
    ) throws -> [UInt64: [UInt8]] {
        let isThrown = random.number(below: 4) == 0
        var next = model
        var changes: [(key: UInt64, value: [UInt8]?)] = []
        for _ in 0..<random.number(below: 80) {
            let value = random.number(below: 3) == 0 ? nil : random.bytes(random.number(below: 900))
            changes.append((UInt64(random.number(below: 300)), value))
        }
        for change in changes { next[change.key] = change.value }
        do {
            try environment.write { transaction in
                for change in changes {
                    if let value = change.value {
                        try transaction.put(change.key, value.span, in: environment.t)
                    } else {
                        try transaction.delete(BigEndianKey(change.key).storage.span, in: environment.t)
                    }
                }
                if isThrown { throw Refusal() }
            }
        } catch is Refusal {}
        return isThrown ? model : next
    }

    private func contents(_ environment: Environment) throws -> [UInt64: [UInt8]] {
        try environment.read { transaction in
            var contents: [UInt64: [UInt8]] = [:]
            var cursor = try transaction.cursor(in: environment.t)
            var isFound = try cursor.first()
            while isFound {
                contents[cursor.key.bigEndian()] = cursor.value.copy()
                isFound = try cursor.next()
            }
            return contents
        }
    }
}

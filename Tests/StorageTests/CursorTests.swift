import Bytes
import TestSupport
import Testing

@testable import Storage

@Suite(.holdsLedgers) struct CursorTests {
    private let folder: TemporaryFolder
    private let environment: Environment

    init() throws {
        folder = try TemporaryFolder()
        environment = try Environment(at: folder.path)
    }

    @Test func anEmptyTableHasNoEntries() throws {
        let found = try environment.read { transaction in
            var cursor = try transaction.cursor(in: environment.t)
            return [
                try cursor.first(), try cursor.last(), try cursor.next(), try cursor.previous(), try cursor.seek(7),
                try cursor.seek([UInt8]().span), try cursor.seek(before: [1 as UInt8].span), try cursor.seek(before: [UInt8]().span),
            ]
        }
        #expect(found == Array(repeating: false, count: 8))
    }

    @Test func theEntryStaysWhenAMoveFindsNone() throws {
        try environment.put(1...3, [9])
        try environment.read { transaction in
            var cursor = try transaction.cursor(in: environment.t)
            let moves = (try cursor.last(), try cursor.next(), try cursor.seek(4))
            let key = cursor.key.bigEndian()
            let value = cursor.value.copy()
            #expect(moves == (true, false, false))
            #expect(key == 3)
            #expect(value == [9])
        }
    }

    @Test func seekFindsTheEntryAtOrAfter() throws {
        for key in [10, 20, 30] as [UInt64] { try environment.put(key, [UInt8(key)]) }
        try environment.read { transaction in
            for (sought, expected) in [(0, 10), (10, 10), (11, 20), (30, 30)] as [(UInt64, UInt64)] {
                var cursor = try transaction.cursor(in: environment.t)
                let isFound = try cursor.seek(sought)
                let key = cursor.key.bigEndian()
                #expect(isFound)
                #expect(key == expected)
            }
            var cursor = try transaction.cursor(in: environment.t)
            let isFound = try cursor.seek(31)
            #expect(!isFound)
        }
    }

    @Test func seekBeforeFindsTheEntryBefore() throws {
        for key in [10, 20, 30] as [UInt64] { try environment.put(key, [UInt8(key)]) }
        try environment.read { transaction in
            for (sought, expected) in [(0, nil), (10, nil), (11, 10), (20, 10), (30, 20), (31, 30)] as [(UInt64, UInt64?)] {
                var cursor = try transaction.cursor(in: environment.t)
                let isFound = try cursor.seek(before: BigEndianKey(sought).storage.span)
                let key = isFound ? cursor.key.bigEndian() : nil
                #expect(key == expected, "before \(sought)")
            }
        }
    }

    /// Thousands of moves among keys of many lengths, over several pages, against a sorted array.
    @Test func movesLikeASortedArray() throws {
        try withSeed { random in
            var contents: [[UInt8]: [UInt8]] = [:]
            for _ in 0..<1_500 {
                contents[random.bytes(1 + random.number(below: 3)) + random.bytes(random.number(below: 30))] =
                    random.bytes(random.number(below: 60))
            }
            try environment.write { transaction in
                for (key, value) in contents { try transaction.put(key, value, in: environment.t) }
            }
            let keys = contents.keys.sorted { $0.lexicographicallyPrecedes($1) }
            try environment.read { transaction in
                var cursor = try transaction.cursor(in: environment.t)
                var place: Int?
                for _ in 0..<2_000 {
                    let target = random.bytes(random.number(below: 5))
                    let after = keys.firstIndex { !$0.lexicographicallyPrecedes(target) } ?? keys.count
                    let expected: Int?
                    let isFound: Bool
                    switch random.number(below: 8) {
                    case 0: (expected, isFound) = (0, try cursor.first())
                    case 1: (expected, isFound) = (keys.count - 1, try cursor.last())
                    case 2: (expected, isFound) = (after < keys.count ? after : nil, try cursor.seek(target.span))
                    case 3: (expected, isFound) = (after > 0 ? after - 1 : nil, try cursor.seek(before: target.span))
                    case 4, 5:
                        guard let start = place else { continue }
                        (expected, isFound) = (start + 1 < keys.count ? start + 1 : nil, try cursor.next())
                    default:
                        guard let start = place else { continue }
                        (expected, isFound) = (start > 0 ? start - 1 : nil, try cursor.previous())
                    }
                    place = expected
                    let key = isFound ? cursor.key.copy() : nil
                    let value = isFound ? cursor.value.copy() : nil
                    try #require(key == expected.map { keys[$0] })
                    try #require(value == expected.map { contents[keys[$0]] ?? [] })
                }
            }
        }
    }

    @Test func aWriterSeesItsOwnEntries() throws {
        try environment.write { transaction in
            try transaction.put(5, [1 as UInt8].span, in: environment.t)
            var cursor = try transaction.cursor(in: environment.t)
            let isFound = try cursor.first()
            let key = cursor.key.bigEndian()
            #expect(isFound)
            #expect(key == 5)
        }
    }
}

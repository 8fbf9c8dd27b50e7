import Bytes
import KeyEvents
import LogTestSupport
import Storage
import TestSupport
import Testing

@testable import EventLog

@Suite(.holdsLedgers) struct LogMetaTests {
    private let folder: TemporaryFolder
    private let log: OpenLog

    init() throws {
        folder = try TemporaryFolder()
        log = try OpenLog(folder)
    }

    @Test func valuesAreKeptApart() throws {
        let tables = log.reader.tables
        try log.change { transaction in
            try LogMeta.logID.set(Array(1...16), tables, &transaction)
            try LogMeta.lifecycleEnd.set(UInt64(0x0102).bigEndianBytes, tables, &transaction)
        }
        try log.read { transaction in
            let id = try LogMeta.logID.bytes(tables, transaction)
            let end = try LogMeta.lifecycleEnd.number(tables, transaction)
            let prefix = try LogMeta.keyPrefix.bytes(tables, transaction)
            #expect(id == Array(1...16))
            #expect(end == 0x0102)
            #expect(prefix == nil)
        }
    }

    /// Taken for absent, it would let uses through that were decided before the last change of their key.
    @Test func aNumberOfOtherThanEightBytesIsDamage() throws {
        let tables = log.reader.tables
        for damaged in [[], [1], [UInt8](repeating: 0, count: 9)] as [[UInt8]] {
            try log.change { try LogMeta.lifecycleEnd.set(damaged, tables, &$0) }
            #expect(throws: LogError.self) { try log.read { try LogMeta.lifecycleEnd.number(tables, $0) } }
        }
    }

    /// Each value stands there twice, each time with its check: one flipped bit changes nothing that is read, and is seen.
    @Test func aFlippedBitInEitherCopyChangesNothing() throws {
        let tables = log.reader.tables
        for value in LogMeta.allCases {
            let content: [UInt8] = value == .format ? LogMeta.currentFormat.bigEndianBytes : Array(1...17)
            try log.change { try value.set(content, tables, &$0) }
            for key in [value.key, value.copyKey] {
                let row = try #require(try log.read { try $0.get(key.span, in: tables.meta)?.copy() })
                for bit in 0..<row.count * 8 {
                    var flipped = row
                    flipped[bit / 8] ^= 1 << UInt8(bit % 8)
                    try log.change { try $0.put(key, flipped, in: tables.meta) }
                    let (read, isWhole) = try log.read { (try value.bytes(tables, $0), try value.isWhole(tables, $0)) }
                    #expect(read == content && !isWhole, "\(value) \(bit)")
                }
                try log.change { try value.restore(tables, &$0) }
                let (isWhole, restored) = try log.read { (try value.isWhole(tables, $0), try $0.get(key.span, in: tables.meta)?.copy()) }
                #expect(isWhole && restored == row)
            }
        }
    }

    @Test func withBothCopiesDamagedNothingIsBelieved() throws {
        let tables = log.reader.tables
        for value in LogMeta.allCases where value != .format {
            try log.change { transaction in
                try value.set([1, 2, 3, 4], tables, &transaction)
                for key in [value.key, value.copyKey] { try transaction.put(key, [1, 2, 3, 5, 0, 0, 0, 0], in: tables.meta) }
            }
            #expect(throws: LogError.self, "\(value)") { try log.read { try value.bytes(tables, $0) } }
        }
    }

    /// What a later version records and this one does not know may be what ends a key.
    @Test func unknownFeaturesAreNamed() throws {
        let tables = log.reader.tables
        try log.change { try LogMeta.require(["fork"], tables, &$0) }
        try log.read { try LogMeta.checkFeatures(tables, $0) }
        try log.change { try LogMeta.require(["quotas", "fork"], tables, &$0) }
        #expect(throws: LogError.unknownFeatures(["quotas"])) { try log.read { try LogMeta.checkFeatures(tables, $0) } }
        let needed = try log.read { try LogMeta.neededFeatures(tables, $0) }
        #expect(needed == ["fork", "quotas"])
    }
}

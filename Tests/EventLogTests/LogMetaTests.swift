import KeyEvents
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
}

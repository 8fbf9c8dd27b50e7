import KeyEvents
import Testing

@testable import EventLog

@Suite struct LogMetaTests {
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
            try LogMeta.keyPrefix.set(Array("lhql".utf8), tables, &transaction)
            try LogMeta.keyPrefix.remove(tables, &transaction)
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

    @Test func aNumberHasEightBytes() throws {
        let tables = log.reader.tables
        try log.change { try LogMeta.stateRebuild.set([1], tables, &$0) }
        let number = try log.read { try LogMeta.stateRebuild.number(tables, $0) }
        #expect(number == nil)
    }
}

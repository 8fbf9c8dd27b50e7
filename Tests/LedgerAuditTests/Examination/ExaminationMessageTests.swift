import Bytes
import EventLog
import Foundation
import Ledger
import Storage
import Testing

@testable import LedgerAudit

@Suite("Messages of an examination pass from one process to another")
struct ExaminationMessageTests {
    @Test func everyMessageIsReadAsItWasWritten() throws {
        let totals = try JSONDecoder().decode(
            ScanTotals.self, from: Data(#"{"size":9,"root":"AA==","records":8,"checkpoints":2,"covered":7}"#.utf8))
        let messages: [ExaminationMessage] = [
            .reading(.max), .damage(Finding(position: 7, what: "a\nb")), .damage(Finding(position: nil, what: "c")),
            .note(ExaminationNote("n", level: .fine)), .note(ExaminationNote("w", level: .warning)), .scanned(totals), .unavailable("u"),
            .done(last: 3), .done(last: nil),
        ]
        for message in messages {
            let data = Data(try JSON.bytes(message))
            #expect(!data.contains(UInt8(ascii: "\n")))
            #expect(try JSONDecoder().decode(ExaminationMessage.self, from: data) == message)
        }
    }

    @Test(arguments: [
        LedgerError.notWritable(path: "/x") as any Error, LogError.newerVersion(found: 9, known: 1), StorageError.noSpace,
        StorageError.notPermitted(path: "/x"), StorageError.lockHeld(path: "/x", by: nil),
    ])
    func anErrorThatSaysNothingAboutTheDataIsNoDamage(_ error: any Error) {
        #expect(ExaminationMessage.failure(error, words: "w") == [.unavailable("w")])
    }

    @Test func anErrorOfTheDataIsDamage() {
        func messages(_ position: UInt64?) -> [ExaminationMessage] { [.damage(Finding(position: position, what: "w")), .done(last: nil)] }
        #expect(ExaminationMessage.failure(LogError.damaged(position: 5, what: "x"), words: "w") == messages(5))
        #expect(ExaminationMessage.failure(LogError.missing(position: 6), words: "w") == messages(6))
        #expect(ExaminationMessage.failure(StorageError.corrupted("x"), words: "w") == messages(nil))
    }
}

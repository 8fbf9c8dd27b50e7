import EventLog
import Ledger
import LogTestSupport
import Testing

@testable import LedgerAudit

@Suite("What a checkpoint is to a log")
struct CheckpointStandingTests {
    @Test func aCheckpointOfTheLogIsItsBeginning() async throws {
        try await NewLedger.with { ledger in
            try await ledger.makeKey()
            let signed = try #require(Checkpoint(text: ledger.log.signCheckpoint().text))
            try await ledger.makeKey()
            #expect(try ledger.audit.standing(of: signed) == .isBeginning)
            #expect(try ledger.audit.note(of: signed) != nil)
            let longer = Checkpoint(origin: signed.origin, size: 9, root: signed.root)
            #expect(try ledger.audit.standing(of: longer) == .beyondTheEnd)
            #expect(try ledger.audit.note(of: longer) == nil)
            let forged = Checkpoint(origin: signed.origin, size: 1, root: .sample(1))
            #expect(try ledger.audit.standing(of: forged) == .differs)
            #expect(throws: LogError.self) { try ledger.audit.note(of: forged) }
            let (_, current) = try ledger.log.identity()
            let other = Checkpoint(origin: "example.com/log", size: 1, root: signed.root)
            #expect(try ledger.audit.standing(of: other) == .ofAnotherLog(current: current))
        }
    }

    @Test func aRecordIsProvedByTheCheckpointThatCoversIt() async throws {
        try await NewLedger.with { ledger in
            #expect(throws: NoSuchRecord.self) { try ledger.audit.coveringCheckpoint(0) }
            for _ in 0..<3 { try await ledger.makeKey() }
            let checkpoint = try ledger.audit.coveringCheckpoint(2).checkpoint
            #expect(checkpoint.size == 3)
            try await ledger.makeKey()
            // The newest checkpoint is enough for what it covers.
            #expect(try ledger.audit.coveringCheckpoint(1).checkpoint == checkpoint)
            #expect(try ledger.audit.coveringCheckpoint(3).checkpoint.size == 4)
            let record = try ledger.audit.record(1, in: 3)
            #expect(record.isProved(by: checkpoint))
            #expect(!record.isProved(by: Checkpoint(origin: checkpoint.origin, size: 3, root: .sample(1))))
        }
    }
}

import EventLog
import Foundation
import KeyEvents
import Ledger
import Synchronization
import Testing

@testable import LedgerAudit

@Suite("An open ledger is examined")
struct LedgerExaminationTests {
    private static let account = AccountID(trusted: "acme")

    private static func examineLog(_ ledger: Ledger, trusted: [TrustedCheckpoint] = []) throws -> ExaminationResult {
        let result = Mutex(ExaminationResult())
        try LogExamination(ledger, verifier: nil, trusted: trusted, preciseFrom: nil).run { message in result.withLock { $0.add(message) } }
        return result.withLock { $0 }
    }

    private static func examineDerived(_ ledger: Ledger) async throws -> ExaminationResult {
        var result = ExaminationResult()
        try await DerivedExamination(ledger).run { result.add($0) }
        return result
    }

    @Test func aSoundLedgerHasNoFindings() async throws {
        try await NewLedger.with { ledger in
            try await ledger.makeKey()
            try ledger.log.signCheckpoint()
            let log = try Self.examineLog(ledger)
            #expect(log.isComplete && log.damaged.isEmpty && !log.notes.contains { $0.level == .warning }, "\(log)")
            #expect(log.totals?.records == 1 && log.totals?.checkpoints == 1 && log.totals?.covered == 1 && log.lastPosition == 0)
            let derived = try await Self.examineDerived(ledger)
            #expect(derived.isComplete && derived.damaged.isEmpty && derived.lastPosition == 0)
            #expect(derived.notes.last?.text == "State and views are what the log says.")
        }
    }

    @Test func aKeptCheckpointOfAnotherLogIsFound() async throws {
        let kept = try await NewLedger.with { ledger in
            let note = try ledger.log.signCheckpoint()
            return TrustedCheckpoint(file: "kept", note: note, checkpoint: try #require(Checkpoint(text: note.text)))
        }
        try await NewLedger.with { ledger in
            let damaged = try Self.examineLog(ledger, trusted: [kept]).damaged
            let what = "the checkpoint in kept is of another log, \(kept.checkpoint.origin); this one is \(ledger.log.origin)"
            #expect(damaged == [Finding(position: nil, what: what)])
        }
    }

    @Test func aLostDataKeyIsAWarning() async throws {
        try await NewLedger.with { ledger in
            try await ledger.makeKey(Self.account)
            try FileManager.default.removeItem(atPath: ledger.folder.vault + "/acme.key")
            let result = try await Self.examineDerived(ledger)
            #expect(result.damaged.isEmpty)
            let note = try #require(result.notes.last)
            #expect(note.level == .warning && note.text.hasPrefix("The data key of the account acme is lost"))
        }
    }

    /// A data key is damaged where the vault itself cannot use it.
    @Test(arguments: [
        "nonsense", "keyledger data key 2\n\(String(repeating: "0", count: 32))\n\(String(repeating: "0", count: 64))\n",
        String(repeating: "x", count: 9_000),
    ])
    func aDamagedDataKeyIsAFinding(_ text: String) async throws {
        try await NewLedger.with { ledger in
            try await ledger.makeKey(Self.account)
            let file = ledger.folder.vault + "/acme.key"
            try Data(text.utf8).write(to: URL(fileURLWithPath: file))
            let result = try await Self.examineDerived(ledger)
            #expect(result.damaged.count == 1 && result.damaged[0].what.hasPrefix("the data key \(file) is damaged"), "\(result)")
        }
    }

    @Test func aDataKeyThatCannotBeReadIsAWarning() async throws {
        try await NewLedger.with { ledger in
            try await ledger.makeKey(Self.account)
            let file = ledger.folder.vault + "/acme.key"
            try FileManager.default.removeItem(atPath: file)
            try FileManager.default.createDirectory(atPath: file, withIntermediateDirectories: false)
            let result = try await Self.examineDerived(ledger)
            #expect(result.damaged.isEmpty)
            #expect(result.notes.last?.text.hasPrefix("This user may not read the data key \(file)") == true, "\(result)")
        }
    }

    @Test func anErasureIsToldAndNoLoss() async throws {
        try await NewLedger.with { ledger in
            try await ledger.makeKey(Self.account)
            #expect(try await ledger.accounts.erasePersonalFields(of: Self.account))
            let result = try await Self.examineDerived(ledger)
            #expect(result.damaged.isEmpty && !result.notes.contains { $0.level == .warning })
            #expect(result.notes.last?.text.hasPrefix("The account acme was erased on ") == true)
        }
    }
}

import Ledger
import TestSupport
import Testing

@testable import LedgerAudit

@Suite("What several examinations have found")
struct ExaminationReportTests {
    private static let finding = Finding(position: 4, what: "x")

    private static func result(_ messages: ExaminationMessage..., isCrash: Bool = false) -> ExaminationResult {
        var result = ExaminationResult()
        for message in messages { result.add(message) }
        result.isCrash = isCrash
        return result
    }

    private static func damaged(_ result: ExaminationResult) -> [Finding] {
        var report = ExaminationReport()
        report.add(result, crash: "a page is damaged")
        return report.damaged
    }

    @Test func anExaminationThatCameToItsEndAddsWhatItFound() {
        #expect(Self.damaged(Self.result(.done(last: 9))).isEmpty)
        #expect(Self.damaged(Self.result(.damage(Self.finding), .damage(Self.finding), .done(last: 9))) == [Self.finding])
    }

    @Test func aCrashIsAFindingAtTheRecordThatWasReadLast() {
        let crash = Finding(position: 7, what: "a page is damaged")
        #expect(Self.damaged(Self.result(.reading(0), .reading(7), isCrash: true)) == [crash])
        #expect(Self.damaged(Self.result(.reading(7), .damage(Self.finding), isCrash: true)) == [Self.finding, crash])
        #expect(Self.damaged(Self.result(isCrash: true)) == [Finding(position: nil, what: "reading failed: a page is damaged")])
    }

    @Test func anExaminationThatBrokeOffWithAFindingAddsThatAlone() {
        #expect(Self.damaged(Self.result(.reading(7), .damage(Self.finding))) == [Self.finding])
        #expect(Self.damaged(Self.result(.reading(7))) == [Finding(position: 7, what: "a page is damaged")])
    }

    @Test func missingFoldersAreNoDamage() throws {
        let folder = try TemporaryFolder()
        var report = ExaminationReport()
        report.addMissingFolders(of: DataFolder(path: folder.path))
        #expect(report.isSound && report.hasWarnings)
        #expect(report.notes.map(\.text) == ["vault", "ledger", "checkpoints"].map { "\(folder.path)/\($0) is missing." })
    }

    @Test func anAuditNamesTheFirstPositionFirst() {
        var report = AuditReport(of: .log)
        report.add(
            Self.result(
                .damage(Finding(position: nil, what: "y")), .damage(Finding(position: 8, what: "z")), .damage(Self.finding),
                .note(ExaminationNote("fine", level: .fine)), .note(ExaminationNote("look", level: .warning)), .done(last: 9)))
        #expect(report.damaged.map(\.position) == [4, 8, nil])
        #expect(report.notes == ["look"] && !report.isSound)
    }
}

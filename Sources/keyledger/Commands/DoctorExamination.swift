internal import ArgumentParser
internal import EventLog
internal import Foundation
internal import KeyEvents
internal import KeyService
internal import LMDB
internal import Projections

/// The child of doctor and of audit verify that does the reading; may crash.
struct DoctorExamination: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "doctor-examination", shouldDisplay: false)

    @OptionGroup var options: DataOptions

    @Option var part: String

    @Option var preciseFrom: UInt64?

    /// What an auditor holds apart from the ledger; see `AuditVerify`.
    @Option var key: String?
    @Option(name: .customLong("checkpoint")) var checkpoints: [String] = []

    func run() async throws {
        do {
            switch Examination.Part(rawValue: part) {
            case .log: try await examineLog()
            case .derived: try await examineDerived()
            case nil: throw WrongUse("There is no part \(part).")
            }
        } catch  where Self.isUnavailability(error) {
            Examination.Line.unavailable(Failure.words(for: error) ?? "\(error)").say()
        } catch {
            let position: UInt64? =
                switch error {
                case LogError.damaged(let position, _): position
                case LogError.missing(let position): position
                default: nil
                }
            Examination.Line.damage(.init(position: position, what: Failure.words(for: error) ?? "\(error)")).say()
            Examination.Line.done(last: nil).say()
        }
    }

    /// What says nothing about the data: the next attempt, or another user, may read it.
    private static func isUnavailability(_ error: any Error) -> Bool {
        switch error {
        case is LedgerError, LogError.newerVersion: true
        case let error as LMDBError:
            switch error {
            case .shortage, .notPermitted, .missing, .otherPIDNamespace, .alreadyOpen, .readersFull, .noSpace, .lockHeld: true
            default: false
            }
        default: false
        }
    }

    private func examineLog() async throws {
        let told = Ledger.Options(report: { text in
            Examination.Line.note(.init(level: "warning", text: text)).say()
        })
        try await options.withLedger(told) { ledger in
            let storage = ledger.storage
            note("\(storage.usedBytes) bytes used of a map of \(storage.mapBytes).")
            let examined = try CheckpointExamination(ledger, verifier: key.map { try VerifierArgument.parse($0) }, held: checkpoints)
            for note in examined.notes { Examination.Line.note(.init(level: "warning", text: note)).say() }
            for damage in examined.damaged { Examination.Line.damage(damage).say() }
            let scan = try LogScan(ledger.reader, checkpoints: examined.checkpoints).run(
                progress: { position in
                    if position % 1000 == 0 || preciseFrom.map({ position >= $0 }) ?? false { Examination.Line.reading(position).say() }
                },
                finding: { Examination.Line.damage(.init(position: $0.position, what: $0.what)).say() })
            note("\(scan.records) records were read, with the tree over them, and held against \(scan.checkpoints) checkpoints.")
            Examination.Line.scanned(
                .init(
                    size: scan.size, root: scan.root.map { Base64.encode($0.bytes) }, records: scan.records, checkpoints: scan.checkpoints,
                    covered: examined.checkpoints.map(\.size).max() ?? 0)
            ).say()
            let head = try ledger.reader.head()
            if head.recordedAt > ledger.now.adding(seconds: 5) {
                note(
                    "The newest record is of \(head.recordedAt), and this machine's clock says \(ledger.now): the clock was ahead, or is"
                        + " behind. Expiries follow the clock.", isWarning: true)
            }
            if !ledger.hasReserve {
                note("The disk has no room for the reserve that lets a revocation be recorded when it is full.", isWarning: true)
            }
            Examination.Line.done(last: head.last).say()
        }
    }

    private func examineDerived() async throws {
        try await options.withLedger(Ledger.Options()) { ledger in
            // The head after the views: between the two the log may grow, and nothing else.
            let reached = try ledger.views.position()
            let lag = try ledger.reader.head().next.saturatingSubtracting(reached)
            note("The views were \(lag) records behind.")
            let report = try await ledger.replay(isCheck: true) { _, _ in }
            for difference in report.differences.first {
                Examination.Line.damage(
                    .init(
                        position: nil,
                        what: "\(difference.table): the entry \(difference.key) is \(difference.kind.rawValue); run keyledger replay")
                ).say()
            }
            if report.differences.count == 0 {
                note("State and views are what the log says.")
                try examineVault(ledger)
            }
            Examination.Line.done(last: report.position).say()
        }
    }

    /// Each account's data key: without it names and other personal fields cannot be read.
    private func examineVault(_ ledger: Ledger) throws {
        var accounts: Set<AccountID> = []
        var last: KeyID?
        while case let page = try ledger.listKeys(for: .commandLine, after: last, limit: 1000), let end = page.last {
            accounts.formUnion(page.map(\.key.state.accountID))
            // A damaged page can lead round in circles.
            if let last, end.key.state.id <= last { break }
            last = end.key.state.id
        }
        for account in accounts.sorted(by: { $0.description < $1.description }) {
            let file = ledger.folder.vault + "/\(account).key"
            let loss = "names and other personal fields of the account cannot be read"
            if !FileManager.default.fileExists(atPath: file) {
                note("The account \(account) has no data key: it was erased, or \(file) is lost; \(loss).")
            } else if let content = FileManager.default.contents(atPath: file) {
                guard !Self.isDataKey(content) else { continue }
                let what = "the data key \(file) is damaged: \(loss); restore the file from a backup"
                Examination.Line.damage(.init(position: nil, what: what)).say()
            } else {
                note("This user may not read the data key \(file): \(loss).", isWarning: true)
            }
        }
    }

    /// Of the form that the vault writes: a title, an id and a key.
    private static func isDataKey(_ content: Data) -> Bool {
        let lines = String(decoding: content, as: UTF8.self).split(separator: "\n")
        return lines.count == 3 && lines[0].hasPrefix("keyledger data key ") && lines[1].utf8.count == 32 && lines[2].utf8.count == 64
            && lines.dropFirst().allSatisfy { $0.allSatisfy(\.isHexDigit) }
    }

    private func note(_ text: String, isWarning: Bool = false) {
        Examination.Line.note(.init(level: isWarning ? "warning" : "fine", text: text)).say()
    }
}

internal import ArgumentParser
internal import Bytes
internal import EventLog
internal import Foundation
internal import KeyEvents
internal import Ledger
internal import LedgerAudit
internal import LedgerQueries
internal import Projections
internal import Storage

/// The child process of `doctor` and of `audit verify` that does the reading, and may crash.
struct DoctorExamination: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "doctor-examination", shouldDisplay: false)

    @OptionGroup var options: DataOptions

    @Option var part: String

    @Option var preciseFrom: UInt64?

    /// The key that an auditor keeps apart from the ledger; see `AuditVerify`.
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

    /// Whether an error says nothing about the data: the next attempt, or another user, may be able to read it.
    private static func isUnavailability(_ error: any Error) -> Bool {
        switch error {
        case is LedgerError, LogError.newerVersion: true
        case let error as StorageError:
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
            let storage = ledger.health.storage
            note("\(storage.usedBytes) bytes used of a map of \(storage.mapBytes).")
            let examined = try CheckpointExamination(ledger, verifier: key.map { try VerifierArgument.parse($0) }, held: checkpoints)
            for note in examined.notes { Examination.Line.note(.init(level: "warning", text: note)).say() }
            for damage in examined.damaged { Examination.Line.damage(damage).say() }
            let scan = try LogScan(ledger.log.reader, checkpoints: examined.checkpoints, opener: ledger.vault).run(
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
            let head = try ledger.log.reader.head()
            let clock = ledger.time.wallClock
            if let problem = ledger.time.clockProblem {
                note("\(problem)", isWarning: true)
            } else if head.recordedAt > clock.adding(seconds: 5) {
                note(
                    "The newest record is of \(head.recordedAt), and this machine's clock says \(clock): the clock was ahead, or is"
                        + " behind. Nothing is decided earlier than the newest record, but where an operator confirmed the clock.",
                    isWarning: true)
            }
            if !ledger.health.hasReserve {
                note("The disk has no room for the reserve that lets a revocation be recorded when it is full.", isWarning: true)
            }
            Examination.Line.done(last: head.last).say()
        }
    }

    private func examineDerived() async throws {
        try await options.withLedger(Ledger.Options()) { ledger in
            // The head is read after the views: the log can only grow between the two.
            let reached = try ledger.viewsPosition()
            let lag = try ledger.log.reader.head().next.saturatingSubtracting(reached)
            note("The views were \(lag) records behind.")
            let report = try await ledger.maintenance.replay(isCheck: true) { _, _ in }
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

    /// Checks each account's data key, without which names and other personal fields cannot be read.
    private func examineVault(_ ledger: Ledger) throws {
        // The data keys of each account that seal fields of its keys.
        var accounts: [AccountID: Set<Bytes16>] = [:]
        var last: KeyID?
        while case let page = try ledger.keys.listKeys(for: .commandLine, after: last, limit: 1000), let end = page.last {
            for state in page.map(\.key.state) {
                let sealed = [state.sealedName, state.sealedMetadata, state.sealedAllowlist].compactMap { $0?.dataKeyID }
                accounts[state.accountID, default: []].formUnion(sealed)
            }
            // A damaged page can lead round in circles.
            if let last, end.key.state.id <= last { break }
            last = end.key.state.id
        }
        let erasures = Dictionary(grouping: try ledger.accounts.erasures(), by: \.accountID)
        for (account, used) in accounts.sorted(by: { $0.key < $1.key }) {
            let erased = erasures[account] ?? []
            if let last = erased.map(\.recordedAt).max() {
                note(
                    "The account \(account) was erased on \(last): names and other personal fields recorded before cannot be read, as was meant."
                )
            }
            let file = ledger.folder.vault + "/\(account).key"
            let loss = "names and other personal fields of the account cannot be read"
            let missing = used.subtracting(erased.map(\.dataKeyID))
            if !FileManager.default.fileExists(atPath: file) {
                if !missing.isEmpty { note(Self.isLost(account, file), isWarning: true) }
            } else if let content = FileManager.default.contents(atPath: file) {
                if let id = Self.dataKeyID(content) {
                    if !missing.subtracting([id]).isEmpty { note(Self.isLost(account, file), isWarning: true) }
                    continue
                }
                let what = "the data key \(file) is damaged: \(loss); restore the file from a backup"
                Examination.Line.damage(.init(position: nil, what: what)).say()
            } else {
                note("This user may not read the data key \(file): \(loss).", isWarning: true)
            }
        }
    }

    private static func isLost(_ account: AccountID, _ file: String) -> String {
        "The data key of the account \(account) is lost: names and other personal fields of it cannot be read, and the log does not say that it was"
            + " erased (versions before did not record that). Restore vault/ from a backup: \(file)."
    }

    /// Returns the id in a data key's file if the file has the form that the vault writes: a title, an id and a key.
    private static func dataKeyID(_ content: Data) -> Bytes16? {
        let lines = String(decoding: content, as: UTF8.self).split(separator: "\n")
        let isOne =
            lines.count == 3 && lines[0].hasPrefix("keyledger data key ") && lines[2].utf8.count == 64 && lines[2].allSatisfy(\.isHexDigit)
        return isOne ? Bytes16(hex: lines[1]) : nil
    }

    private func note(_ text: String, isWarning: Bool = false) {
        Examination.Line.note(.init(level: isWarning ? "warning" : "fine", text: text)).say()
    }
}

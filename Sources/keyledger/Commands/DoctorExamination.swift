internal import ArgumentParser
internal import EventLog
internal import Foundation
internal import KeyEvents
internal import KeyService
internal import LMDB
internal import Projections

/// The child of doctor that does the reading; may crash.
struct DoctorExamination: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "doctor-examination", shouldDisplay: false)

    @OptionGroup var options: DataOptions

    @Option var part: String

    @Option var preciseFrom: UInt64?

    func run() async throws {
        do {
            switch Examination.Part(rawValue: part) {
            case .log: try await examineLog()
            case .derived: try await examineDerived()
            case nil: throw WrongUse("There is no part \(part).")
            }
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

    private func examineLog() async throws {
        try await options.withLedger(Ledger.Options()) { ledger in
            let storage = ledger.storage
            note("\(storage.usedBytes) bytes used of a map of \(storage.mapBytes).")
            var scan = LogScan(ledger.reader)
            let next = try scan.run(
                progress: { position in
                    if position % 1000 == 0 || preciseFrom.map({ position >= $0 }) ?? false { Examination.Line.reading(position).say() }
                },
                finding: { Examination.Line.damage(.init(position: $0.position, what: $0.what)).say() })
            note("\(next) records were read, with the tree over them.")
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
            let lag = try ledger.reader.head().next - ledger.views.position()
            note("The views were \(lag) records behind.")
            let report = try await ledger.replay(isCheck: true) { _, _ in }
            for difference in report.differences.first {
                Examination.Line.damage(
                    .init(
                        position: nil,
                        what: "\(difference.table): the entry \(difference.key) is \(difference.kind.rawValue); run keyledger replay")
                ).say()
            }
            if report.differences.count == 0 { note("State and views are what the log says.") }
            Examination.Line.done(last: report.position).say()
        }
    }

    private func note(_ text: String, isWarning: Bool = false) {
        Examination.Line.note(.init(level: isWarning ? "warning" : "fine", text: text)).say()
    }
}

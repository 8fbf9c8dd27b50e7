internal import ArgumentParser
internal import EventLog
internal import Foundation
internal import KeyEvents
internal import Ledger
internal import LedgerAudit
internal import LedgerQueries

struct LogExport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write events to a file or to standard output, while the service runs.",
        discussion: """
            Exports what the log holds when the command begins: all of it, or what the options let through.

            bundle: the records as they are, with the checkpoints that were signed; of a part, also the proofs that its records are in the \
            log. Verified without the ledger by audit verify --bundle and by tools/verify-bundle; a whole one becomes a ledger again \
            with log import. Personal fields stay sealed in it.

            In the other formats names, metadata, reasons and addresses stand in the clear, as far as the data keys in vault/ can still \
            read them: keep it as you keep those. Of an account that was erased they are left out.

            jsonl: one JSON object a line, as log show --json prints them. cloudevents: CloudEvents 1.0 in JSON, one a line. csv: RFC \
            4180; a cell has an apostrophe before its text where a spreadsheet would take it for a formula (it begins with = + - @, a tab or \
            a line break), where the text itself begins with an apostrophe, and where it is an empty text (an empty cell: there is none). So \
            take one apostrophe off each cell that begins with one, and you have what was written. Its columns: \(CSVExport.columns.joined(separator: ", ")).

            With --out the file gets its name when it is whole. An export that was killed leaves what it has written as .NAME.part beside \
            that place, and the next one to the same name takes it away.
            """)

    /// The maximum number of records in one read transaction, and about the maximum size of those in memory, in bytes.
    private static let pageEvents = 10_000
    private static let pageBytes = 4 << 20

    @OptionGroup var options: FolderOptions

    @Option(help: "bundle, jsonl, csv or cloudevents.")
    var format: ExportFormat = .bundle

    @Option(help: "The file to write; it must not exist. Default: standard output.")
    var out: String?

    @Option(help: "From this position, time or date (UTC) on.")
    var from: String?

    @Option(help: "Before this position or time, or to the end of this date (UTC).")
    var to: String?

    @Option(help: "Only events of this account.")
    var account: String?

    @Option(help: "Only events of this key.")
    var key: String?

    func run() async throws {
        let filter = EventFilter(key: try key.map { try KeyArgument.parse($0) }, account: try ArgumentParsing.account(account))
        let begin = try from.map { try LogBoundArgument($0, option: "--from", day: .first) }
        let end = try to.map { try LogBoundArgument($0, option: "--to", day: .next) }
        let file = try await options.withLedger(Ledger.Options(report: { Terminal.error("keyledger: \($0)") })) { ledger in
            let filter = try ledger.events.filter(filter, for: .localUser)
            let head = try ledger.log.lastPosition().map { $0 + 1 } ?? 0
            let start = try begin.map { try $0.beginning(in: ledger) } ?? 0
            let stop = min(head, try end.map { try ledger.firstPosition(from: $0.bound(now: ledger.time.now)) } ?? head)
            if begin != nil, end != nil, start > stop { throw UsageError("--from lies after --to; nothing was exported.") }
            let file = try ExportFile(out)
            // The reading is recorded afterwards: the record is not part of the export.
            defer { try? ledger.readings.note(format == .bundle ? .bundle : .events, of: filter, by: .localUser) }
            if let format = format.export(logID: try ledger.log.reader.logID()) {
                try export(filter, from: start, to: stop, format, ledger, file)
            } else {
                let part = ExportFilter(
                    from: begin == nil ? nil : start, to: end == nil ? nil : stop, account: filter.account, key: filter.key)
                try exportBundle(part, ledger, file)
            }
            return file
        }
        // This is the last step: until then the same command can be repeated.
        try file.finish()
    }

    private func exportBundle(_ filter: ExportFilter, _ ledger: Ledger, _ file: ExportFile) throws {
        let bar = bar
        defer { bar?.finish() }
        try ledger.bundles.exportBundle(filter, progress: { bar?.update($0, of: $1) }, sink: { try file.write($0) })
    }

    /// The progress bar; `nil` when the output goes to the same terminal.
    private var bar: ProgressBar? {
        let isShown = Terminal.isErrorTerminal && (out != nil || isatty(STDOUT_FILENO) == 0)
        return isShown ? ProgressBar(unit: "events") : nil
    }

    private func export(
        _ filter: EventFilter, from start: UInt64, to stop: UInt64, _ export: any EventExport, _ ledger: Ledger, _ file: ExportFile
    ) throws {
        let bar = bar
        defer { bar?.finish() }
        try file.write(export.head)
        var next = start
        while next < stop {
            let page = try ledger.events.eventPage(filter, from: next, limit: Self.pageEvents, bytes: Self.pageBytes)
            for recorded in page.events where recorded.position < stop { try file.write(export.text(recorded)) }
            guard page.next > next else { break }
            next = page.next
            bar?.update(min(next, stop) - start, of: stop - start)
        }
    }
}

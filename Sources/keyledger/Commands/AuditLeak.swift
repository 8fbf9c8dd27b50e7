internal import ArgumentParser
internal import Bytes
internal import KeyEvents
internal import Ledger
internal import LedgerAPI
internal import LedgerAudit
internal import LedgerQueries

struct AuditLeak: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "leak", abstract: "Say what came of the key on standard input that leaked.",
        discussion: """
            Which key it is, who used it from where, and whether any use was accepted after its end. With --json, the records that show it \
            come with their proofs (RFC 6962) and a signed checkpoint; that no other record says otherwise, a whole bundle shows (log export). \
            The key is read from standard input: an argument could be seen by others. Exit code 0: the key is told of; 1: nobody has such a key, or a use was accepted after its end.
            """)

    @OptionGroup var options: DataOptions
    @OptionGroup var shape: TableOptions

    @Option(help: "Tell the uses from this time, date (UTC) or position on. Default: all.")
    var since: String?

    func run() async throws {
        let secret = try SecretInput.read()
        let since = try since.map { try LogBoundArgument($0, option: "--since", day: .first) }
        let isGood = try await options.withLedger { ledger in
            guard
                let report = try ledger.audit.leak(
                    of: secret, since: ledger.past.position(of: since?.bound(now: ledger.time.now), field: "--since"))
            else {
                Terminal.error("keyledger: No key of this ledger has, or ever had, this secret.")
                return false
            }
            ledger.readings.note(.leak, of: [report.key.state.accountID], by: .localUser)
            if options.json {
                try Terminal.writeResult(JSON.string(LeakDocument(report, proved: ledger.audit.prove(report))))
            } else {
                try show(report)
            }
            return report.acceptedAfterEnd.isEmpty
        }
        if !isGood { throw ExitCode(ExitStatus.no) }
    }

    private func show(_ report: LeakReport) throws {
        let state = report.key.state
        let name = report.key.name.map(DisplayText.quoted) ?? "(unreadable)"
        var lines = [
            FoldedText.text([
                "The secret \(DisplayText.word(report.secret.hint)) is number \(report.secret.id) of the key \(state.id) \(name) of account"
                    + " \(state.accountID), added \(report.addedAt). The key is \(report.status.rawValue)."
            ]),
            report.end.map { end in
                "The secret ended \(end.at)"
                    + (end.causingEvent.map { ": \($0.type) at position \($0.position)." } ?? ", when its time had come.")
            } ?? (report.status == .active ? "The secret is in force." : "The secret has not ended."),
        ]
        lines += table(report.uses, "Accepted", report.since == 0 ? "It was never accepted." : "It was not accepted since.")
        let (before, after) = (report.refusals.filter { !$0.source.isAfterEnd }, report.refusals.filter(\.source.isAfterEnd))
        let isEnded = report.end != nil
        lines += table(
            before, isEnded ? "Refused before the end" : "Refused",
            "It was not refused\(isEnded ? " before its end" : "")\(report.since == 0 ? "" : " since").")
        if isEnded { lines += table(after, "Refused after the end", "It was not presented after its end.") }
        lines.append(FoldedText.text([report.statement]))
        lines += report.evidence.map {
            FoldedText.text([
                "  \($0.shows): position \($0.causingEvent.position); proof: keyledger audit prove \($0.causingEvent.position)"
            ])
        }
        if !isEnded { lines.append("keyledger keys revoke \(state.id) --reason leaked") }
        for line in lines { try Terminal.writeResult(line) }
    }

    /// The maximum number of lines that are shown to people; the JSON contains all of them.
    private static let maxLines = 50

    private func table(_ lines: [LeakReport.Line], _ title: String, _ nothing: String) -> [String] {
        guard !lines.isEmpty else { return [nothing] }
        var table = TextTable([
            .init(title: "FIRST"), .init(title: "LAST"), .init(title: "TIMES"), .init(title: "SERVICE"), .init(title: "ADDRESS"),
            .init(title: "REQUEST", minWidth: 12), .init(title: "POSITION"),
        ])

        for line in lines.prefix(Self.maxLines) {
            let source = line.source
            let request = [source.method, source.path].compactMap(\.self).joined(separator: " ")
            table.add([
                line.firstAt.description, line.lastAt.description, String(line.count), "\(source.actor.kind.rawValue) \(source.actor.id)",
                source.clientAddress ?? (source.isUnreadable ? "(unreadable)" : source.isOfOthers ? "(others)" : "-"),
                (request.isEmpty ? "-" : request) + (source.refusal.map { " \($0.name)" } ?? ""), String(line.lastPosition),
            ])
        }
        let rest = lines.count - Self.maxLines
        return ["\(title) \(lines.reduce(UInt64(0)) { $0.saturatingAdding($1.count) }) times:"] + table.lines(width: shape.width)
            + (rest > 0 ? ["and \(rest) lines more; see --json."] : [])
    }
}

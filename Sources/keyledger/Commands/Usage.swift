internal import ArgumentParser
internal import Bytes
internal import KeyEvents
internal import Ledger
internal import LedgerAPI
internal import LedgerQueries
internal import Projections

struct Usage: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show how often keys were used and refused.")

    @OptionGroup var options: DataOptions
    @OptionGroup var shape: TableOptions

    @Argument(help: "A key's id. Without it: all keys.")
    var id: String?

    @Option(help: "hour or day: a key's use by hour or day.")
    var per: String?

    @Option(
        help:
            "From this time, date (UTC) or position on. Default: from the beginning; with --per, 90 days before the end for days, a week for hours."
    )
    var from: String?

    @Option(help: "Before this time or position, or to the end of this date (UTC). Default: now.")
    var to: String?

    func run() async throws {
        let bucket = try per.map { text -> Views.Bucket in
            switch text {
            case "hour": .hour
            case "day": .day
            default: throw UsageError("Use --per hour or --per day.")
            }
        }
        if bucket != nil, id == nil { throw UsageError("Name a key to see its use by hour or day.") }
        let (begin, end) = (
            try from.map { try LogBoundArgument($0, option: "--from", day: .first) },
            try to.map { try LogBoundArgument($0, option: "--to", day: .next) }
        )
        let id = try id.map { try KeyArgument.parse($0) }
        try await options.withLedger { ledger in
            let (from, to) = (begin?.bound(now: ledger.time.now), end?.bound(now: ledger.time.now))
            if let id, let bucket {
                let usage = try ledger.past.usage(of: id, by: bucket, from: from, to: to, fields: ("--from", "--to"), for: .localUser)
                try show(UsageDocument(usage, per: bucket), usage.listed, usage.span, usage.buckets, ledger)
                return
            }
            let span = from == nil && to == nil ? nil : try ledger.past.span(from: from, to: to, fields: ("--from", "--to"))
            guard let id else { return try showAll(span, ledger) }
            let listed =
                try span.map { try ledger.past.usage(of: id, in: $0, for: .localUser) } ?? ledger.keys.usage(of: id, for: .localUser)
            try show(UsageDocument(listed, in: span), listed, span, [], ledger)
        }
    }

    private func show(
        _ document: UsageDocument, _ listed: KeyWithUsage, _ span: LogSpan?, _ buckets: [(start: Timestamp, counts: UsageCounts)],
        _ ledger: Ledger
    ) throws {
        ledger.readings.note(.usage, of: [listed.key.state.accountID], by: .localUser)
        if options.json { return try Terminal.writeResult(JSON.string(document)) }
        try Terminal.writeResult(
            "\(listed.key.state.id) \(Terminal.sanitized(listed.key.name ?? "(unreadable)")): \(listed.usage.counts.uses) uses,"
                + " \(listed.usage.lastUsedAt.map { "last \(TimeText.short($0)) UTC" } ?? "none yet"); \(listed.usage.counts.refused) refusals"
        )
        if let span {
            let start = span.startTime.map { TimeText.short($0) } ?? "position \(span.start)"
            try Terminal.writeResult("  counted from \(start) to \(TimeText.short(span.endTime)) UTC")
        }
        if let line = listed.staleLine { try Terminal.writeResult("  " + line) }
        for (code, count) in listed.usage.counts.refusals.sorted(by: { $0.key < $1.key }) {
            try Terminal.writeResult("  \(code.name) \(count)")
        }
        var table = TextTable([.init(title: "FROM (UTC)"), .init(title: "USES"), .init(title: "REFUSALS")])
        for (start, counts) in buckets { table.add([TimeText.short(start), String(counts.uses), String(counts.refused)]) }
        if !table.isEmpty { for line in table.lines(width: shape.width) { try Terminal.writeResult(line) } }
    }

    private func showAll(_ span: LogSpan?, _ ledger: Ledger) throws {
        var documents: [UsageDocument] = []
        var table = TextTable([
            .init(title: "ID"), .init(title: "NAME", minWidth: 13), .init(title: "USES"), .init(title: "LAST USED (UTC)", leaves: 1),
            .init(title: "REFUSALS", leaves: 2),
        ])
        let all = try Self.all(span, ledger)
        ledger.readings.note(.usage, of: all.map(\.key.state.accountID), by: .localUser)
        for listed in all {
            if options.json {
                documents.append(span.map { UsageDocument(listed, in: $0) } ?? UsageDocument(listed))
            } else {
                table.add([
                    listed.key.state.id.description, listed.key.name ?? "(unreadable)", String(listed.usage.counts.uses),
                    TimeText.short(listed.usage.lastUsedAt), String(listed.usage.counts.refused),
                ])
            }
        }
        if options.json {
            try Terminal.writeResult(JSON.string(documents))
        } else {
            for line in table.lines(width: shape.width) { try Terminal.writeResult(line) }
            if span == nil, let line = all.staleLine { try Terminal.writeResult(line) }
        }
    }

    private static func all(_ span: LogSpan?, _ ledger: Ledger) throws -> [KeyWithUsage] {
        // All keys are read at once, because that takes one pass over the log.
        if let span { return try ledger.past.listUsage(in: span, for: .localUser, limit: .max) }
        var keys: [KeyWithUsage] = []
        while true {
            let page = try ledger.keys.listKeys(for: .localUser, after: keys.last?.key.state.id, limit: 1000)
            if page.isEmpty { return keys }
            keys += page
        }
    }
}

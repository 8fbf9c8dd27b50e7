internal import ArgumentParser
internal import KeyEvents
internal import KeyService
internal import KeyledgerHTTP
internal import Projections

struct Usage: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show how often keys were used and refused.")

    @OptionGroup var options: DataOptions

    @Argument(help: "A key's id. Without it: all keys.")
    var id: String?

    @Option(help: "hour or day: a key's use by hour or day.")
    var per: String?

    @Option(help: "From this time on. Default: 90 days before the end for days, a week before it for hours.")
    var from: String?

    @Option(help: "Before this time. Default: now.")
    var to: String?

    func run() async throws {
        let bucket = try per.map { text -> Views.Bucket in
            switch text {
            case "hour": .hour
            case "day": .day
            default: throw WrongUse("Use --per hour or --per day.")
            }
        }
        if bucket != nil, id == nil { throw WrongUse("Name a key to see its use by hour or day.") }
        if bucket == nil, from != nil || to != nil { throw WrongUse("--from and --to go with --per hour or --per day.") }
        try await options.withLedger { ledger in
            if let id { try showOne(KeyArgument.parse(id), bucket, ledger) } else { try showAll(ledger) }
        }
    }

    private func showOne(_ id: KeyID, _ bucket: Views.Bucket?, _ ledger: Ledger) throws {
        let listed = try ledger.usage(of: id, for: .commandLine)
        var buckets: [(start: Timestamp, counts: UsageCounts)] = []
        if let bucket {
            let span = try UsageSpan(
                bucket, from: from.map { try TimeText.time($0) }, to: to.map { try TimeText.time($0) }, now: ledger.now)
            buckets = try ledger.buckets(
                bucket, of: id, from: span.start, to: span.end, limit: UsageSpan.mostBuckets + 1, for: .commandLine)
        }
        if options.json {
            try Terminal.answer(Document.text(UsageDocument(listed, per: bucket, buckets: buckets)))
            return
        }
        try Terminal.answer(
            "\(listed.key.state.id) \(Terminal.harmless(listed.key.name ?? "(unreadable)")): \(listed.usage.counts.uses) uses, last"
                + " \(TimeText.short(listed.usage.lastUsedAt)); \(listed.usage.counts.refused) refusals")
        for (code, count) in listed.usage.counts.refusals.sorted(by: { $0.key < $1.key }) { try Terminal.answer("  \(code.name) \(count)") }
        var table = TextTable(["FROM (UTC)", "USES", "REFUSALS"])
        for (start, counts) in buckets { table.add([TimeText.short(start), String(counts.uses), String(counts.refused)]) }
        if !table.isEmpty { for line in table.lines() { try Terminal.answer(line) } }
    }

    private func showAll(_ ledger: Ledger) throws {
        var documents: [UsageDocument] = []
        var table = TextTable(["ID", "NAME", "USES", "LAST USED", "REFUSALS"])
        var last: KeyID?
        while true {
            let page = try ledger.listKeys(for: .commandLine, after: last, limit: 1000)
            guard let end = page.last else { break }
            for listed in page {
                if options.json {
                    documents.append(UsageDocument(listed))
                } else {
                    table.add([
                        listed.key.state.id.description, listed.key.name ?? "(unreadable)", String(listed.usage.counts.uses),
                        TimeText.short(listed.usage.lastUsedAt), String(listed.usage.counts.refused),
                    ])
                }
            }
            last = end.key.state.id
        }
        if options.json {
            try Terminal.answer(Document.text(documents))
        } else {
            for line in table.lines() { try Terminal.answer(line) }
        }
    }
}

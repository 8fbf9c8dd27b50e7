internal import ArgumentParser
internal import Bytes
internal import KeyEvents
internal import Ledger
internal import LedgerAPI
internal import LedgerQueries
internal import Projections

struct KeysList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List keys with their use.")

    @OptionGroup var options: DataOptions
    @OptionGroup var past: AsOfOption
    @OptionGroup var shape: TableOptions

    @Option(help: "Only keys of this account.")
    var account: String?

    @Option(help: "Only keys that are active, revoked, expired or disabled.")
    var status: String?

    @Option(help: "Only keys of this environment.")
    var env: String?

    @Option(
        help: ArgumentHelp(
            "Only keys that end by themselves before a time, by the end of a date in UTC, or within a duration such as 30d.",
            valueName: "time"))
    var expiresBefore: String?

    func run() async throws {
        let account = try ArgumentParsing.account(account)
        let status = try status.map { text in
            guard let status = KeyState.Status(rawValue: text) else {
                throw UsageError("There is no such status; there are active, revoked, expired and disabled.")
            }
            return status
        }
        if let refusal = KeyRules.check(environment: env, now: Timestamp(seconds: 0)) { throw ServiceError.refused(refusal) }
        try await options.withLedger { ledger in
            let asOf = try past.asOf(ledger)
            let now = asOf?.clock ?? ledger.time.now
            let filter = KeyFilter(status: status, environment: env, expiresBefore: try expiresBefore.map { try Self.time($0, now: now) })
            let keys = try Self.all(ledger, account, asOf).filter { filter.passes($0.key.state, at: now) }
            ledger.readings.note(.keys, of: keys.map(\.key.state.accountID), by: .localUser)
            if options.json {
                try Terminal.writeResult(JSON.string(keys.map { KeyDocument($0, at: now) }))
            } else {
                try show(keys, now)
            }
        }
    }

    private static func all(_ ledger: Ledger, _ account: AccountID?, _ asOf: AsOf?) throws -> [KeyWithUsage] {
        // All keys are read at once, because their usage is computed in one pass over the log.
        if let asOf { return try ledger.past.listKeys(for: .localUser, account: account, at: asOf, limit: .max) }
        var keys: [KeyWithUsage] = []
        while true {
            let page = try ledger.keys.listKeys(for: .localUser, account: account, after: keys.last?.key.state.id, limit: 1000)
            if page.isEmpty { return keys }
            keys += page
        }
    }

    private static func time(_ text: String, now: Timestamp) throws -> Timestamp {
        if let time = Timestamp(rfc3339: text) ?? DayBound.next.instant(ofDay: text) { return time }
        guard let duration = TimeText.duration(text) else {
            throw UsageError(
                "--expires-before is no time: write a date such as 2027-01-01, a time such as 2027-01-01T00:00:00Z, or a duration such as 30d."
            )
        }
        return now + duration
    }

    private func show(_ keys: [KeyWithUsage], _ now: Timestamp) throws {
        var table = TextTable([
            .init(title: "ID"), .init(title: "NAME", minWidth: 13), .init(title: "ACCOUNT", minWidth: 10, leaves: 4),
            .init(title: "ENV", leaves: 2), .init(title: "STATUS"), .init(title: "CREATED (UTC)", leaves: 3),
            .init(title: "EXPIRES (UTC)", leaves: 5), .init(title: "LAST USED (UTC)", leaves: 7), .init(title: "USES", leaves: 6),
            .init(title: "HINT", leaves: 1),
        ])
        for listed in keys {
            let state = listed.key.state
            table.add([
                state.id.description, listed.key.name ?? "(unreadable)", state.accountID.description, state.environment,
                state.status(at: now).rawValue, TimeText.short(state.createdAt), TimeText.short(state.expiresAt),
                TimeText.short(listed.usage.lastUsedAt), String(listed.usage.counts.uses), state.hint,
            ])
        }
        if table.isEmpty {
            let isAnyAskedFor = account == nil && status == nil && env == nil && expiresBefore == nil && past.at == nil
            try Terminal.writeResult(isAnyAskedFor ? "No keys. Make one with: keyledger keys create --name NAME" : "No keys like this.")
        } else {
            for line in table.lines(width: shape.width) { try Terminal.writeResult(line) }
            if let line = keys.staleLine { try Terminal.writeResult(line) }
        }
    }
}

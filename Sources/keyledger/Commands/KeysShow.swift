internal import ArgumentParser
internal import Bytes
internal import KeyEvents
internal import Ledger
internal import LedgerAPI
internal import LedgerQueries
internal import Projections

struct KeysShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show one key with its use.")

    @OptionGroup var options: DataOptions
    @OptionGroup var past: AsOfOption
    @OptionGroup var key: KeyArgument

    func run() async throws {
        let id = try key.keyID
        try await options.withLedger { ledger in
            let asOf = try past.asOf(ledger)
            let now = asOf?.clock ?? ledger.time.now
            let listed =
                try asOf.map { try ledger.past.key(id, at: $0, for: .localUser) } ?? ledger.keys.usage(of: id, for: .localUser)
            ledger.readings.note(.keys, of: [listed.key.state.accountID], by: .localUser)
            if options.json {
                try Terminal.writeResult(JSON.string(KeyDocument(listed, at: now)))
            } else {
                try show(listed, now)
            }
        }
    }

    private static func words(_ secret: KeySecret, of key: KeyState, _ now: Timestamp) -> String {
        switch (key.status(of: secret, at: now), secret.retirement) {
        case (.active, _): "active"
        case (.retired, _): secret.status(at: now) == .retired ? "retired" : "ended with the key"
        case (.retiring, .at(let date)?): "retires \(date)"
        case (.retiring, .whenNewerIsUsedOrAt(let date)?): "retires when a newer one is used, at the latest \(date)"
        case (.retiring, _): "retires when a newer one is used"
        }
    }

    private func show(_ listed: KeyWithUsage, _ now: Timestamp) throws {
        let state = listed.key.state
        var rows: [(String, String)] = [
            ("Id", state.id.description), ("Name", listed.key.name ?? "(unreadable)"), ("Account", state.accountID.description),
            ("Environment", state.environment), ("Status", state.status(at: now).rawValue), ("Hint", state.hint),
            ("Scopes", state.scopes.joined(separator: " ")), ("Permissions", state.permissions.map(\.rawValue).joined(separator: " ")),
            ("Created", state.createdAt.description), ("Expires", state.expiresAt?.description ?? "never"),
            ("Last used", listed.usage.lastUsedAt?.description ?? "never"), ("Uses", String(listed.usage.counts.uses)),
            ("Refusals", String(listed.usage.counts.refused)),
        ]
        if let line = listed.staleLine { rows.append(("Figures", line)) }
        switch listed.key.ipAllowlist {
        case []?: rows.append(("Allowed IPs", "any"))
        case let networks?: rows.append(("Allowed IPs", networks.joined(separator: " ")))
        case nil: rows.append(("Allowed IPs", "(unreadable: none)"))
        }
        for secret in state.secrets {
            let used = listed.usage.secretUses[secret.record.id].map { "last used \($0)" } ?? "not used"
            rows.append(("Secret \(secret.record.id)", "\(secret.record.hint)  \(Self.words(secret, of: state, now))  \(used)"))
        }
        for (key, value) in PlainText.sorted(listed.key.metadata) { rows.append(("Metadata", "\(key)=\(value)")) }
        for (title, value) in rows {
            try Terminal.writeResult(
                title + String(repeating: " ", count: max(1, 13 - title.count)) + (value.isEmpty ? "-" : Terminal.sanitized(value)))
        }
    }
}

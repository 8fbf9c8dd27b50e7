internal import KeyEvents
internal import Ledger
internal import LedgerQueries
internal import Projections

/// The description of a key in the table, on its page and in live figures.
struct KeyRow {
    private static let soon = Duration.seconds(14 * 86_400)
    private static let longUnused = Duration.seconds(90 * 86_400)

    let key: DecryptedKey
    let usage: KeyUsage
    let now: Timestamp

    init(_ listed: KeyWithUsage, at now: Timestamp) {
        key = listed.key
        usage = listed.usage
        self.now = now
    }

    var status: KeyState.Status { key.state.status(at: now) }
    var hasEnded: Bool { status == .revoked || status == .expired }
    var path: String { Dashboard.base + "/keys/" + key.state.id.description }

    static func name(_ key: DecryptedKey) -> String { key.name ?? "(name erased)" }

    static func statusText(_ status: KeyState.Status) -> String {
        switch status {
        case .active: "Active"
        case .revoked: "Revoked"
        case .expired: "Expired"
        case .disabled: "Disabled"
        }
    }

    func fields(showsAccount: Bool) -> TemplateContext {
        let state = key.state
        return [
            "id": state.id.description, "name": Self.name(key), "hint": state.hint,
            "account": showsAccount ? state.accountID.description : nil, "status": status.rawValue,
            "statusText": Self.statusText(status), "createdIso": state.createdAt.description, "createdText": Format.time(state.createdAt),
            "expiresIso": state.expiresAt?.description, "expiresText": state.expiresAt.map(Format.time),
            "expiresSoon": expiresSoon ? "Expires within 14 days" : nil, "lastUsedIso": usage.lastUsedAt?.description,
            "lastUsedText": usage.lastUsedAt.map(Format.time), "unusedText": isLongUnused ? "Not used for 90 days" : nil,
            "useCountText": Format.count(usage.counts.uses),
        ]
    }

    private var expiresSoon: Bool {
        guard !hasEnded, let expiresAt = key.state.expiresAt else { return false }
        return expiresAt <= now + Self.soon
    }

    private var isLongUnused: Bool {
        status == .active && (usage.lastUsedAt ?? key.state.createdAt) + Self.longUnused < now
    }
}

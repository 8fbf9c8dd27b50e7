internal import KeyEvents
internal import Ledger
internal import LedgerQueries
internal import Projections

/// The description of a key in the table, on its page and in live figures.
struct KeyRow {
    /// How long before its end a key counts as expiring soon.
    static let soon = Duration.day * 14
    /// After how long without a use a key counts as unused.
    static let longUnused = Duration.day * 90

    let key: DecryptedKey
    let usage: KeyUsage
    let now: Timestamp

    init(_ listed: KeyWithUsage, at now: Timestamp) {
        key = listed.key
        usage = listed.usage
        self.now = now
    }

    var status: KeyState.Status { key.state.status(at: now) }
    var hasEnded: Bool { status.hasEnded }
    var path: String { KeyRow.path(of: key.state.id) }

    static func name(_ key: DecryptedKey) -> String { key.name ?? "(name erased)" }

    static func statusText(_ status: KeyState.Status) -> String {
        switch status {
        case .active: "Active"
        case .revoked: "Revoked"
        case .expired: "Expired"
        case .disabled: "Disabled"
        }
    }

    /// Returns the path of a key's page.
    static func path(of id: KeyID) -> String { Dashboard.base + "/keys/" + id.description }

    /// Returns the name of an environment as people read it, such as “Live”.
    static func environmentText(_ name: String) -> String { name.prefix(1).uppercased() + name.dropFirst() }

    func fields(showsAccount: Bool) -> TemplateContext {
        let state = key.state
        return [
            "id": state.id.description, "name": Self.name(key), "hint": state.hint,
            "account": showsAccount ? state.accountID.description : nil, "status": status.rawValue,
            "statusText": Self.statusText(status), "createdIso": state.createdAt.description, "createdText": Format.time(state.createdAt),
            "expiresIso": state.expiresAt?.description, "expiresText": state.expiresAt.map(Format.time),
            "expiresSoon": expiresSoon ? "Expires within 14 days" : nil, "lastUsedIso": usage.lastUsedAt?.description,
            "lastUsedText": usage.lastUsedAt.map(Format.time), "unusedText": isLongUnused ? "Not used for 90 days" : nil,
            "useCountText": Format.count(usage.counts.uses), "environmentText": Self.environmentText(state.environment),
            "environmentKind": ["live", "test"].contains(state.environment) ? state.environment : "other",
        ]
    }

    /// The sentence about a status that is not the usual one; `nil` for an active key.
    var statusNote: String? {
        switch (status, key.state.end) {
        case (.revoked, .revoked(let at, _)):
            "This key was revoked on \(Format.date(at)); it cannot be used again."
        case (.expired, _):
            "This key expired\(key.state.expiresAt.map { " on " + Format.date($0) } ?? ""); it cannot be used again."
        case (.disabled, _): "This key is disabled: it is refused until you enable it again."
        default: nil
        }
    }

    /// What stops with a key that calls Keyledger itself; `nil` for a key that does not.
    var serviceWarning: String? {
        let permissions = key.state.permissions
        if permissions.contains(.verify) {
            return "A service checks other keys with this one (\(Permission.verify.rawValue)): it will refuse all its callers."
        }
        guard !permissions.isEmpty else { return nil }
        let names = permissions.map(\.rawValue).joined(separator: ", ")
        return "Something manages keys with this one (\(names)): it will no longer be able to."
    }

    private var expiresSoon: Bool {
        guard !hasEnded, let expiresAt = key.state.expiresAt else { return false }
        return expiresAt <= now + Self.soon
    }

    private var isLongUnused: Bool {
        status == .active && (usage.lastUsedAt ?? key.state.createdAt) + Self.longUnused < now
    }
}

extension KeyState.Status {
    /// Whether a key with this status has ended for good.
    var hasEnded: Bool { self == .revoked || self == .expired }
}

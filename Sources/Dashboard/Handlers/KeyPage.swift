internal import Bytes
internal import HTTPTypes
internal import Hummingbird
internal import KeyEvents
internal import Ledger
internal import LedgerQueries
internal import Projections

/// The page about one key.
struct KeyPage: FormPage {
    private static let historyPage = 40
    private static let shownRequests = 8
    private static let shownSecrets = 5

    /// Returns the value of HTML's `maxlength`, which counts UTF-16 code units, that leaves room for so many code points.
    static func maxInputLength(_ length: Int) -> Int { 2 * length }

    let signedIn: SignedInRequest

    func show() throws -> Response {
        switch signedIn.shownAgain {
        case "rename": try page(rename: signedIn.form["name"] ?? "")
        case "disable" where try status == .active, "enable" where try status == .disabled:
            try page(switching: signedIn.form["reason"] ?? "")
        default: try page()
        }
    }

    private var status: KeyState.Status { get throws { try signedIn.key.state.status(at: signedIn.now) } }

    func rename() async throws -> Response {
        let name = (signedIn.form["name"] ?? "").trimmingWhiteSpace
        do {
            return try await change(.renamed) {
                try await $0.commands.changeKey($1, KeyChange(name: name), reason: signedIn.form.reason, by: signedIn.caller)
            }
        } catch ServiceError.refused(.invalid(let field, let problem)) {
            let problem = (field == "reason" ? "The reason " : "The name ") + problem
            return try await signedIn.ask { try page(rename: name, problem: problem) }
        }
    }

    func disable() async throws -> Response {
        try await switched(.disabled) { try await $0.commands.disableKey($1, reason: signedIn.form.reason, by: signedIn.caller) }
    }

    func enable() async throws -> Response {
        try await switched(.enabled) { try await $0.commands.enableKey($1, reason: signedIn.form.reason, by: signedIn.caller) }
    }

    private func switched(_ notice: Notice, _ command: (Ledger, KeyID) async throws -> CommandOutcome) async throws -> Response {
        do {
            return try await change(notice, command)
        } catch ServiceError.refused(.invalid(_, let problem)) {
            return try await signedIn.ask { try page(switching: signedIn.form.reason ?? "", problem: "The reason " + problem) }
        }
    }

    private func change(
        _ notice: Notice, _ command: (Ledger, KeyID) async throws -> CommandOutcome
    ) async throws -> Response {
        let id = try signedIn.key.state.id
        let path = KeyRow.path(of: id)
        do {
            let outcome = try await command(signedIn.ledger, id)
            return signedIn.redirectAfterCommand(to: path, notice: outcome.isChange ? notice : .unchanged)
        } catch ServiceError.refused(.ended) {
            return signedIn.redirect(to: path, notice: .ended)
        }
    }

    private func page(rename: String? = nil, switching: String? = nil, problem: String? = nil) throws -> Response {
        let id = try signedIn.key.state.id
        let before = signedIn.query["before"].flatMap { WholeNumber.read($0, in: UInt64.min...UInt64.max) }
        let listed = try signedIn.ledger.keys.usage(of: id, for: signedIn.caller)
        let days = try DailyChart.read(signedIn.ledger, id, signedIn.caller, now: signedIn.now)
        let history = try signedIn.ledger.events.lifecycle(of: id, before: before, limit: Self.historyPage, for: signedIn.caller)
        let row = KeyRow(listed, at: signedIn.now)
        let notice = notice(row)
        var fields = row.fields(showsAccount: signedIn.isOperator)
        fields.add(details(row))
        fields.add(DailyChart(days, until: signedIn.now).fields)
        fields.add(actions(row, rename: rename, switching: switching, problem: problem))
        fields.add(refusals(listed.usage, of: row.key.state))
        fields.add(try requests(row))
        fields.add([
            "backPath": signedIn.listPath + "#" + id.description, "backText": "API keys",
            "livePath": row.hasEnded ? nil : Dashboard.base + "/keys/live",
            "signInPath": Dashboard.signIn, "notice": notice?.fields, "hasEvents": !history.events.isEmpty,
            // One banner at a time: what was just done says what the status is.
            "statusNote": notice == nil ? row.statusNote : nil,
            "events": history.events.map { TimelineItem($0, ledger: signedIn.ledger, reader: signedIn.caller).fields },
            "hasHistoryPages": before != nil || history.next != nil, "newestPath": before == nil ? nil : row.path,
            "olderPath": history.next.map { "\(row.path)?before=\($0)" },
        ])
        return signedIn.page("key", title: KeyRow.name(listed.key), status: problem == nil ? .ok : .unprocessableContent, fields)
    }

    /// The notice for the page. What was just done may be undone by now, by somebody else.
    private func notice(_ row: KeyRow) -> Notice? {
        switch signedIn.takeNotice() {
        case .revoked where row.status != .revoked, .disabled where row.status != .disabled, .enabled where row.status != .active: nil
        case .formKept where row.hasEnded: .ended
        case .formKept where signedIn.keptForm?.action == "disable" && row.status == .disabled: .unchanged
        case .formKept where signedIn.keptForm?.action == "enable" && row.status == .active: .unchanged
        case let notice: notice
        }
    }

    private func details(_ row: KeyRow) -> TemplateContext {
        let state = row.key.state
        let usage = row.usage
        return [
            "refusedCountText": Format.count(usage.counts.refused), "statusNoteBad": row.status == .disabled,
            "replacementPath": row.hasEnded && signedIn.canWrite ? Dashboard.base + "/keys/new" : nil,
            "environment": state.environment,
            "endLabel": Self.endLabel(row.status),
            "endIso": Self.end(state)?.description, "endText": Self.end(state).map(Format.time),
            "createdBy": try? signedIn.ledger.events.creation(of: state.id, for: signedIn.caller).flatMap {
                ActorText.text($0, signedIn.ledger, signedIn.caller)
            },
            "hasScopes": !state.scopes.isEmpty, "scopes": state.scopes, "hasPermissions": !state.permissions.isEmpty,
            "permissions": state.permissions.map(\.rawValue),
            "metadata": PlainText.sorted(row.key.metadata).map { ["metadataName": $0.key, "metadataValue": $0.value] as TemplateContext },
            "hasNetworks": !(row.key.ipAllowlist ?? []).isEmpty, "networks": row.key.ipAllowlist ?? [],
            "networksText": row.key.ipAllowlist == nil ? "None: the list can no longer be read" : "Any",
            // A key that was never rotated has one secret, which is described above already.
            "hasSecrets": state.secrets.count > 1,
            "secrets": state.secrets.suffix(Self.shownSecrets).map {
                SecretRow($0, of: state, lastUsedAt: usage.secretUses[$0.record.id], at: signedIn.now).fields
            },
            "firstUsedIso": usage.firstUsedAt?.description, "firstUsedText": usage.firstUsedAt.map(Format.time),
        ]
    }

    /// The label of the time at which a key ends, or has ended.
    private static func endLabel(_ status: KeyState.Status) -> String {
        switch status {
        case .active, .disabled: "Expires"
        case .expired: "Expired"
        case .revoked: "Revoked"
        }
    }

    /// The time at which a key ends, or has ended; `nil` when it does not expire.
    private static func end(_ state: KeyState) -> Timestamp? {
        if case .revoked(let at, _) = state.end { return at }
        return state.expiresAt
    }

    /// The newest requests with the key, and where its last use came from.
    private func requests(_ row: KeyRow) throws -> TemplateContext {
        let state = row.key.state
        signedIn.noteReading(.events, of: [state.accountID])
        let newest = try signedIn.ledger.events.requests(of: state.id, limit: Self.shownRequests, for: signedIn.caller)
        return [
            "requestsPath": row.path + "/requests", "hasRequests": !newest.events.isEmpty,
            "requests": newest.events.compactMap { RequestRow($0, of: state)?.fields },
            "lastUsedFrom": try Self.source(ofLastUse: row, signedIn),
        ]
    }

    /// Returns the address that the last use of a key came from; `nil` when it is not known.
    static func source(ofLastUse row: KeyRow, _ signedIn: SignedInRequest) throws -> String? {
        guard row.usage.lastUsedAt != nil else { return nil }
        let use = try signedIn.ledger.events.lastUse(of: row.key.state.id, for: signedIn.caller)
        return (use?.personal?.clientAddress).map(DisplayText.sanitized)
    }

    private func actions(_ row: KeyRow, rename: String?, switching: String?, problem: String?) -> TemplateContext {
        guard signedIn.canWrite, !row.hasEnded else { return [:] }
        return [
            "canChange": true, "renamePath": row.path + "/rename", "revokePath": row.path + "/revoke",
            "rotatePath": row.path + "/rotate", "renameValue": rename ?? row.key.name ?? "",
            "nameMax": Self.maxInputLength(KeyRules.maximumNameLength),
            "renameOpen": rename != nil, "renameError": rename == nil ? nil : problem, "switchOpen": switching != nil,
            "switchReason": switching ?? "", "renameReason": rename == nil ? "" : signedIn.form.reason ?? "",
            "switchError": switching == nil ? nil : problem, "disablePath": row.status == .active ? row.path + "/disable" : nil,
            "ownKeyWarning": signedIn.warning(before: .disabling, of: row.key.state.id),
            "enablePath": row.status == .disabled ? row.path + "/enable" : nil,
        ]
    }

    private func refusals(_ usage: KeyUsage, of state: KeyState) -> TemplateContext {
        let counted = usage.counts.refusals.filter { $0.value > 0 }.sorted { $0.value > $1.value }
        return [
            "hasRefusals": !counted.isEmpty,
            "refusals": counted.map {
                [
                    "refusalCode": $0.key.name, "refusalCountText": Format.count($0.value),
                    "refusalRemedy": RefusalHelp.remedy(of: $0.key, in: state) ?? "",
                    "refusalEditPath": RefusalHelp.editPath(curing: $0.key.name, of: state, for: signedIn),
                ] as TemplateContext
            },
        ]
    }
}

internal import Bytes
internal import HTTPTypes
internal import Hummingbird
internal import KeyEvents
internal import Ledger
internal import LedgerQueries
internal import Projections

/// The page about one key.
struct KeyPage: Sendable {
    private static let historyPage = 40
    private static let shownSecrets = 5

    /// Returns the value of HTML's `maxlength`, which counts UTF-16 code units, that leaves room for so many code points.
    static func maxInputLength(_ length: Int) -> Int { 2 * length }

    let signedIn: SignedInRequest

    func show() throws -> Response { try page() }

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
        let path = Dashboard.base + "/keys/" + id.description
        do {
            let outcome = try await command(signedIn.ledger, id)
            return Dashboard.redirect(to: path + "?done=" + (outcome.isChange ? notice : .unchanged).rawValue)
        } catch ServiceError.refused(.ended) {
            return Dashboard.redirect(to: path + "?done=" + Notice.ended.rawValue)
        }
    }

    private func page(rename: String? = nil, switching: String? = nil, problem: String? = nil) throws -> Response {
        let id = try signedIn.key.state.id
        let before = signedIn.query["before"].flatMap { WholeNumber.read($0, in: Int64.min...Int64.max) }.map {
            Timestamp(microseconds: $0)
        }
        let listed = try signedIn.ledger.keys.usage(of: id, for: signedIn.caller)
        let days = try DailyChart.read(signedIn.ledger, id, signedIn.caller, now: signedIn.now)
        let timeline = try signedIn.ledger.events.timeline(of: id, before: before, limit: Self.historyPage, for: signedIn.caller)
        let row = KeyRow(listed, at: signedIn.now)
        var fields = row.fields(showsAccount: signedIn.isOperator)
        fields.add(details(row))
        fields.add(DailyChart(days, until: signedIn.now).fields)
        fields.add(actions(row, rename: rename, switching: switching, problem: problem))
        fields.add(refusals(listed.usage))
        fields.add([
            "backPath": Dashboard.base, "backText": "API keys", "livePath": Dashboard.base + "/keys/live",
            "signInPath": Dashboard.signIn, "notice": Notice(signedIn.query["done"])?.fields, "hasEvents": !timeline.items.isEmpty,
            "events": timeline.items.map { TimelineItem($0, ledger: signedIn.ledger, reader: signedIn.caller).fields },
            "hasHistoryPages": before != nil || timeline.next != nil, "newerPath": before == nil ? nil : row.path,
            "olderPath": timeline.next.map { "\(row.path)?before=\($0.microseconds)" },
        ])
        return signedIn.page("key", title: KeyRow.name(listed.key), status: problem == nil ? .ok : .unprocessableContent, fields)
    }

    private func details(_ row: KeyRow) -> TemplateContext {
        let state = row.key.state
        let usage = row.usage
        return [
            "refusedCountText": Format.count(usage.counts.refused), "statusNote": statusNote(row),
            "statusNoteBad": row.status == .disabled, "environmentText": environment(state.environment),
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

    private func environment(_ name: String) -> String { name.prefix(1).uppercased() + name.dropFirst() }

    private func statusNote(_ row: KeyRow) -> String? {
        switch (row.status, row.key.state.end) {
        case (.revoked, .revoked(let at, _)):
            "This key was revoked on \(Format.date(at)); it cannot be used again. Create a new one instead."
        case (.expired, _):
            "This key expired\(row.key.state.expiresAt.map { " on " + Format.date($0) } ?? ""); it cannot be used again."
                + " Create a new one instead."
        case (.disabled, _): "This key is disabled: it is refused until you enable it again."
        default: nil
        }
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
            "enablePath": row.status == .disabled ? row.path + "/enable" : nil,
        ]
    }

    private func refusals(_ usage: KeyUsage) -> TemplateContext {
        let counted = usage.counts.refusals.filter { $0.value > 0 }.sorted { $0.value > $1.value }
        return [
            "hasRefusals": !counted.isEmpty,
            "refusals": counted.map {
                [
                    "refusalCode": $0.key.name, "refusalCountText": Format.count($0.value),
                    "refusalRemedy": RefusalHelp.of($0.key.name)?.remedy ?? "",
                ] as TemplateContext
            },
        ]
    }
}

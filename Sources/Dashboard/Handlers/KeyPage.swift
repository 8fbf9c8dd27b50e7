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
    private static let maxAttempts = 3

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

    /// The page as its script asks for it again and again while it is open; without content where nothing has changed since.
    func live() throws -> Response {
        let (row, figures) = try read()
        guard signedIn.query["mark"] != mark(row) else { return Response(status: .noContent, headers: [.cacheControl: "no-store"]) }
        let shown = signedIn.query["status"] ?? ""
        return try page(row, figures, shownStatus: shown)
    }

    func rename() async throws -> Response {
        let name = (signedIn.form["name"] ?? "").trimmingWhiteSpace
        for _ in 0..<Self.maxAttempts {
            let key = try signedIn.key
            let current = key.name ?? ""
            if let shown = signedIn.form["shown"], !PlainText.areIdentical(shown, current), !PlainText.areIdentical(name, current) {
                let problem =
                    "Somebody else named this key “\(DisplayText.sanitized(current))” meanwhile. To replace that name, save again."
                return try await signedIn.ask { try page(rename: name, problem: problem) }
            }
            do {
                let outcome = try await signedIn.ledger.commands.changeKey(
                    key.state.id, KeyChange(name: name), revision: key.state.changedPosition, reason: signedIn.form.reason,
                    by: signedIn.caller)
                let isAlike = await outcome.isChange ? signedIn.hasNamesake(outcome.key) : false
                return done(outcome, isAlike ? .renamedAlike : .renamed)
            } catch is StaleRevision {
                continue
            } catch ServiceError.refused(.ended) {
                return signedIn.redirect(to: KeyRow.path(of: key.state.id), notice: .endedMeanwhile)
            } catch ServiceError.refused(.invalid(let field, let problem)) {
                let problem = (field == "reason" ? "The reason " : "The name ") + problem
                return try await signedIn.ask { try page(rename: name, problem: problem) }
            }
        }
        throw PageProblem.changedAllTheTime
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
        do {
            return done(try await command(signedIn.ledger, id), notice)
        } catch ServiceError.refused(.ended) {
            return signedIn.redirect(to: KeyRow.path(of: id), notice: .endedMeanwhile)
        }
    }

    private func done(_ outcome: CommandOutcome, _ notice: Notice) -> Response {
        signedIn.redirectAfterCommand(
            to: KeyRow.path(of: outcome.key.state.id), notice: outcome.isChange ? notice : .unchanged)
    }

    /// Reads the key with its figures of the last 30 days.
    private func read() throws -> (row: KeyRow, figures: KeyFigures) {
        let id = try signedIn.key.state.id
        let figures = try signedIn.ledger.keys.figures(
            of: id, per: .day, from: DailyChart.start(until: signedIn.now), to: signedIn.now + .day, for: signedIn.caller)
        return (KeyRow(figures.key, at: signedIn.now), figures)
    }

    private func page(rename: String? = nil, switching: String? = nil, problem: String? = nil) throws -> Response {
        let (row, figures) = try read()
        return try page(row, figures, rename: rename, switching: switching, problem: problem)
    }

    /// The position before which the history is asked for; `nil` for the newest.
    private var before: UInt64? { signedIn.query["before"].flatMap { WholeNumber.read($0, in: UInt64.min...UInt64.max) } }

    /// A text that differs from an earlier one whenever the page does: by what was done to the key, and by the hour, in which a secret may
    /// end or the chart get a new day.
    private func mark(_ row: KeyRow) -> String {
        let counts = row.usage.counts
        let hour = Views.Bucket.hour.start(of: signedIn.now).second
        return [row.status.rawValue, "\(counts.uses)", "\(counts.refused)", "\(row.key.state.changedPosition)", "\(hour)"]
            .joined(separator: ".")
    }

    /// The page. `shownStatus` is the status on the open page that this one is to renew; `nil` for a page of its own. All parts are read
    /// by the same records, so that they agree with one another.
    private func page(
        _ row: KeyRow, _ figures: KeyFigures, rename: String? = nil, switching: String? = nil, problem: String? = nil,
        shownStatus: String? = nil
    ) throws -> Response {
        let id = row.key.state.id
        let history = try signedIn.ledger.events.lifecycle(
            of: id, before: min(before ?? .max, figures.end), limit: Self.historyPage, for: signedIn.caller)
        var fields = row.fields(showsAccount: signedIn.isOperator)
        fields.add(details(row))
        fields.add(DailyChart(figures.buckets, until: signedIn.now).fields)
        fields.add(actions(row, rename: rename, switching: switching, problem: problem))
        fields.add(refusals(row.usage, of: row.key.state))
        fields.add(try requests(row, before: figures.end))
        fields.add(banner(row, shownStatus: shownStatus))
        let livePath = row.path + "/live" + (before.map { "?before=\($0)" } ?? "")
        fields.add([
            "backPath": signedIn.listPath + "#" + id.description, "backText": "API keys",
            "livePath": row.hasEnded ? nil : livePath, "liveMark": mark(row), "signInPath": Dashboard.signIn,
            "isReader": !signedIn.canWrite, "hasEvents": !history.events.isEmpty,
            "events": history.events.map { TimelineItem($0, ledger: signedIn.ledger, reader: signedIn.caller).fields },
            "hasHistoryPages": before != nil || history.next != nil, "newestPath": before == nil ? nil : row.path,
            "olderPath": history.next.map { "\(row.path)?before=\($0)" },
        ])
        return signedIn.page("key", title: KeyRow.name(row.key), status: problem == nil ? .ok : .unprocessableContent, fields)
    }

    /// The banner of the page, one at a time: what was just done, or what the status is. An open page keeps its banner until the status
    /// changes.
    private func banner(_ row: KeyRow, shownStatus: String?) -> TemplateContext {
        if let shownStatus {
            return [
                "showsBanner": shownStatus != row.status.rawValue,
                "statusNote": row.statusNote ?? "This key is active: it is accepted.",
            ]
        }
        let notice = notice(row)
        let saysStatus = notice == nil && !signedIn.isForm
        return ["showsBanner": true, "notice": notice?.fields, "statusNote": saysStatus ? row.statusNote : nil]
    }

    /// The notice for the page. What was just done may be undone by now, by somebody else.
    private func notice(_ row: KeyRow) -> Notice? {
        switch signedIn.takeNotice() {
        case .revoked where row.status != .revoked, .disabled where row.status != .disabled, .enabled where row.status != .active: nil
        case .formKept where row.hasEnded: .endedMeanwhile
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

    /// The newest requests with the key before a position, and where its last use came from.
    private func requests(_ row: KeyRow, before end: UInt64) throws -> TemplateContext {
        let state = row.key.state
        signedIn.noteReading(.events, of: [state.accountID])
        let newest = try signedIn.ledger.events.requests(of: state.id, before: end, limit: Self.shownRequests, for: signedIn.caller)
        return [
            "requestsPath": row.path + "/requests", "hasRequests": !newest.events.isEmpty,
            "requests": newest.events.compactMap { RequestRow($0, of: state)?.fields },
            "lastUsedFrom": try source(ofLastUse: row, before: end),
        ]
    }

    /// Returns the address that the last use of a key came from; `nil` when it is not known.
    private func source(ofLastUse row: KeyRow, before end: UInt64) throws -> String? {
        guard row.usage.lastUsedAt != nil else { return nil }
        let use = try signedIn.ledger.events.lastUse(of: row.key.state.id, before: end, for: signedIn.caller)
        return (use?.personal?.clientAddress).map(DisplayText.sanitized)
    }

    /// What can be done with the key. Each action names the statuses in which it is offered, which the open page goes by.
    private func actions(_ row: KeyRow, rename: String?, switching: String?, problem: String?) -> TemplateContext {
        guard signedIn.canWrite, !row.hasEnded else { return [:] }
        let isOpen = switching != nil
        func action(_ action: String, _ verb: String, _ words: String, in status: KeyState.Status) -> TemplateContext {
            let isOffered = row.status == status
            return [
                "switchId": action, "switchVerb": verb, "switchBusy": words, "switchPath": row.path + "/" + action,
                "switchOffered": status.rawValue, "switchOff": !isOffered, "switchOpen": isOpen && isOffered,
                "switchReason": isOffered ? switching ?? "" : "", "switchError": isOpen && isOffered ? problem : nil,
            ]
        }
        return [
            "canChange": true, "renamePath": row.path + "/rename", "revokePath": row.path + "/revoke",
            "rotatePath": row.path + "/rotate", "renameValue": rename ?? row.key.name ?? "", "renameShown": row.key.name ?? "",
            "nameMax": Self.maxInputLength(KeyRules.maximumNameLength),
            "renameOpen": rename != nil, "renameError": rename == nil ? nil : problem, "isSwitching": isOpen,
            "renameReason": rename == nil ? "" : signedIn.form.reason ?? "",
            "switches": [
                action("disable", "Disable", "Disabling…", in: .active).adding([
                    "switchTitle": "The key is refused until you enable it again",
                    "ownKeyWarning": signedIn.warning(before: .disabling, of: row.key.state.id),
                ]), action("enable", "Enable", "Enabling…", in: .disabled),
            ],
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

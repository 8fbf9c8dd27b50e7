internal import Bytes
internal import HTTPTypes
internal import Hummingbird
internal import KeyEvents
internal import Ledger
internal import LedgerQueries
internal import Projections

/// The page that revokes several keys: it shows which they are and how much they are in use, and after one confirmation what became
/// of each. The form holds the ids of the keys that were shown, so that no others are revoked, however the list has changed since.
/// What was selected, and what became of it, stands in the session: going back and loading a page again send nothing twice.
struct BulkRevokePage: FormPage {
    static let path = Dashboard.base + "/keys/revoke"
    /// The path that the list sends the selected keys to.
    static let selectPath = Dashboard.base + "/keys/select"
    /// The page that says what became of each key.
    static let reportPath = Dashboard.base + "/keys/revoked"
    /// The maximum number of keys that are revoked at once; a form with their ids stays below `Dashboard.form`'s limit.
    private static let maxKeys = 1_000
    /// How many revocations are on their way at once, so that they share commits.
    private static let concurrency = 16

    /// What became of one key.
    enum Outcome: Sendable {
        case revoked, endedBefore
        case failed(String)
    }

    /// What became of the key with an id.
    struct Report: Sendable {
        let id: KeyID
        let outcome: Outcome
    }

    let signedIn: SignedInRequest

    init(signedIn: SignedInRequest) throws {
        self.signedIn = signedIn
        try signedIn.caller.require(.keysWrite)
    }

    func show() throws -> Response {
        // A form that is shown again names its keys.
        if !signedIn.form.isEmpty { return try page(Self.ids(signedIn.form), isAll: signedIn.form["all"] == "yes") }
        guard signedIn.query["all"] == "yes" else {
            return try page(signedIn.query["id"] == nil ? signedIn.session.picked : Self.ids(signedIn.query), isAll: false)
        }
        var search = ListAddress(signedIn.query, isOperator: signedIn.isOperator).search(at: signedIn.now)
        search.statuses.formIntersection(KeySearch.inForce)
        let ids = try signedIn.ledger.keys.findIDs(search, for: signedIn.caller)
        guard ids.count <= Self.maxKeys else {
            throw PageProblem(
                status: .unprocessableContent, heading: "Too many keys at once",
                text: "\(Format.count(ids.count)) keys match, and at most \(Format.count(Self.maxKeys)) are revoked at once. Go back"
                    + " and choose fewer with a filter or the search.")
        }
        return try page(ids, isAll: true)
    }

    /// Remembers what is selected in the list. It leads to the question, or where only the page of the list changes, to that.
    func select() -> Response {
        let ids = signedIn.form["clear"] == nil ? Array(Self.ids(signedIn.form).prefix(Self.maxKeys)) : []
        signedIn.remember { $0.picked = ids }
        if signedIn.form["clear"] != nil { return Dashboard.redirect(to: signedIn.listPath) }
        if let page = signedIn.form["to"].flatMap({ WholeNumber.read($0, in: 1...1_000_000) }) {
            var list = signedIn.session.list
            list.number = page - 1
            return Dashboard.redirect(to: list.path)
        }
        guard !ids.isEmpty else { return signedIn.redirect(to: signedIn.listPath, notice: .noKeyChosen) }
        return Dashboard.redirect(to: Self.path)
    }

    func revoke() async throws -> Response {
        let ids = Self.ids(signedIn.form)
        let isAll = signedIn.form["all"] == "yes"
        guard ids.count <= Self.maxKeys else { throw PageProblem.foreignForm }
        var problems = Problems()
        if case .invalid(_, let problem)? = KeyRules.check(reason: signedIn.form.reason) { problems.reason = "The reason " + problem }
        if isAll || ids.count > ListAddress.pageSize {
            let typed = (signedIn.form["number"] ?? "").unicodeScalars.filter { !$0.properties.isWhitespace && $0 != "," }
            if String(String.UnicodeScalarView(typed)) != String(ids.count) {
                problems.number = "Type \(ids.count), the number of keys that are revoked."
            }
        }
        guard !ids.isEmpty, problems == Problems() else {
            return try await signedIn.ask { [problems] in try page(ids, isAll: isAll, problems) }
        }
        let outcomes = await outcomes(ids)
        let report = ids.compactMap { id in outcomes[id].map { Report(id: id, outcome: $0) } }
        let left = report.filter(\.isFailed).map(\.id)
        signedIn.remember { session in
            session.report = report
            session.picked = left
        }
        signedIn.rememberEndings(of: report.filter(\.isRevoked).map(\.id))
        return signedIn.redirectAfterCommand(to: Self.reportPath, notice: .revokedTogether)
    }

    /// The keys that a form or an address names, each once.
    private static func ids(_ form: Form) -> [KeyID] {
        var known: Set<KeyID> = []
        return form.all("id").compactMap { KeyID($0) }.filter { known.insert($0).inserted }
    }

    // MARK: The question

    private struct Problems: Equatable {
        var reason: String?
        var number: String?
    }

    private func page(_ ids: [KeyID], isAll: Bool, _ problems: Problems = Problems()) throws -> Response {
        let namesKeys = signedIn.form["id"] != nil || signedIn.query["id"] != nil
        guard !ids.isEmpty || namesKeys else {
            // A user who goes back from the report has no keys selected any more.
            if !signedIn.isForm, !signedIn.session.report.isEmpty { return Dashboard.redirect(to: Self.reportPath) }
            return signedIn.redirect(to: signedIn.listPath, notice: .noKeyChosen)
        }
        let known = try read(ids)
        guard !known.isEmpty else { throw PageProblem.unknownKey }
        let rows = known.filter { !$0.hasEnded }
        guard !rows.isEmpty else { return signedIn.redirect(to: signedIn.listPath, notice: endedNotice(of: known.count)) }
        let used = try rows.map { ($0, try recentUses($0)) }.sorted { $0.1 > $1.1 }
        let (inUse, calls) = (used.count { $0.1 > 0 }, used.reduce(0) { $0 + $1.1 })
        let heading =
            inUse > 0
            ? "\(Format.count(inUse, "key is", "of these keys are")) in use: \(Format.count(calls, "call")) in the last 24 hours."
            : rows.count == 1 ? "This key was not used in the last 24 hours." : "None of these keys was used in the last 24 hours."
        let own = rows.first { signedIn.warning(before: .revoking, of: $0.key.state.id) != nil }
        return signedIn.page(
            "revoke-keys", title: "Revoke \(Format.count(rows.count, "key"))", status: problems == Problems() ? .ok : .unprocessableContent,
            [
                "isKeysPage": true, "backPath": signedIn.listPath, "backText": "API keys", "bulkPath": Self.path,
                "questionPath": isAll ? signedIn.session.list.with { _ in }.path(of: Self.path, [("all", "yes")]) : Self.path,
                "countText": Format.count(rows.count, "key"), "impactHeading": heading, "isInUse": inUse > 0,
                "ownName": own.map { KeyRow.name($0.key) },
                "serviceKeys": rows.compactMap { row in
                    row.serviceWarning.map { ["serviceName": KeyRow.name(row.key), "serviceWarning": $0] as TemplateContext }
                }, "isAll": isAll, "reason": signedIn.form["reason"] ?? "",
                "reasonError": problems.reason, "asksNumber": isAll || rows.count > ListAddress.pageSize, "numberText": String(rows.count),
                "numberError": problems.number, "leftOutText": leftOut(ended: known.count - rows.count, unknown: ids.count - known.count),
                "keys": used.map { row, uses in
                    row.fields(showsAccount: signedIn.isOperator).adding([
                        "keyPath": row.path, "isUsed": uses > 0, "recentText": Format.count(uses, "call"),
                    ])
                },
            ])
    }

    private func endedNotice(of count: Int) -> Notice {
        switch (count, signedIn.isForm) {
        case (1, _): signedIn.endedNotice
        case (_, true): .keysEndedMeanwhile
        case (_, false): .keysEnded
        }
    }

    /// Says what is missing of what was chosen; `nil` where nothing is.
    private func leftOut(ended: Int, unknown: Int) -> String? {
        var sentences: [String] = []
        if ended > 0 {
            sentences.append("\(Format.count(ended, "more was", "more were")) chosen and \(ended == 1 ? "has" : "have") ended already.")
        }
        if unknown > 0 {
            sentences.append("\(Format.count(unknown, "more was", "more were")) named, and there is no such key.")
        }
        return sentences.isEmpty ? nil : sentences.joined(separator: " ")
    }

    private func recentUses(_ row: KeyRow) throws -> UInt64 {
        let start = signedIn.now - .day
        guard let last = row.usage.lastUsedAt, last >= start else { return 0 }
        return try signedIn.ledger.events.uses(of: row.key.state.id, since: start, for: signedIn.caller)
    }

    private func read(_ ids: [KeyID]) throws -> [KeyRow] {
        let keys = try signedIn.ledger.keys.keys(ids, for: signedIn.caller)
        signedIn.noteReading(.keys, of: keys.map(\.key.state.accountID))
        return keys.map { KeyRow($0, at: signedIn.now) }
    }

    // MARK: The answer

    /// Revokes the keys. The one that the user is signed in with comes last, since nothing more can be done with it then, and only where no
    /// other is left.
    private func outcomes(_ ids: [KeyID]) async -> [KeyID: Outcome] {
        let others = ids.filter { $0 != signedIn.ownKey }
        var outcomes: [KeyID: Outcome] = [:]
        for start in stride(from: 0, to: others.count, by: Self.concurrency) {
            await withTaskGroup(of: (KeyID, Outcome).self) { group in
                for id in others[start..<min(start + Self.concurrency, others.count)] {
                    group.addTask { (id, await outcome(id)) }
                }
                for await (id, outcome) in group { outcomes[id] = outcome }
            }
        }
        guard let own = signedIn.ownKey, ids.contains(own) else { return outcomes }
        let isLeft = outcomes.values.contains { if case .failed = $0 { true } else { false } }
        if isLeft {
            outcomes[own] = .failed("You are signed in with this key, and others could not be revoked, so it is still in force. Try again.")
        } else {
            outcomes[own] = await outcome(own)
        }
        return outcomes
    }

    private func outcome(_ id: KeyID) async -> Outcome {
        do {
            let outcome = try await signedIn.ledger.commands.revokeKey(id, reason: signedIn.form.reason, by: signedIn.caller)
            return outcome.isChange ? .revoked : .endedBefore
        } catch ServiceError.refused(.ended) {
            return .endedBefore
        } catch ServiceError.refused(.invalid(let field, let problem)) {
            return .failed("The \(field) \(problem)")
        } catch {
            let problem = PageProblem(error)
            if problem.cause != nil { signedIn.report(error) }
            return .failed(problem.heading + ". " + problem.text)
        }
    }

    // MARK: The report

    /// Shows what became of the keys that were last revoked together.
    func showReport() throws -> Response {
        let report = signedIn.session.report
        guard !report.isEmpty else { return Dashboard.redirect(to: signedIn.listPath) }
        let rows = Dictionary(uniqueKeysWithValues: try read(report.map(\.id)).map { ($0.key.state.id, $0) })
        var failed: [TemplateContext] = []
        var done: [TemplateContext] = []
        var endedBefore = 0
        for entry in report {
            let fields =
                rows[entry.id].map { $0.fields(showsAccount: signedIn.isOperator).adding(["keyPath": $0.path]) }
                ?? ["name": entry.id.description]
            switch entry.outcome {
            case .revoked: done.append(fields.adding(["outcomeText": "Revoked"]))
            case .endedBefore:
                endedBefore += 1
                done.append(fields.adding(["outcomeText": "Had ended before"]))
            case .failed(let text): failed.append(fields.adding(["outcomeText": text]))
            }
        }
        let left = report.filter(\.isFailed).map(\.id.description)
        let again = left.map { "id=" + $0 }.joined(separator: "&")
        return signedIn.page(
            "revoked-keys", title: failed.isEmpty ? "Keys revoked" : "Not all keys were revoked",
            [
                "isKeysPage": true, "listPath": signedIn.listPath, "hasFailed": !failed.isEmpty, "failed": failed, "done": done,
                "hasDone": !done.isEmpty, "picksOwner": signedIn.caller.account.description, "left": left.joined(separator: " "),
                "failedText": Format.count(failed.count, "key was not revoked", "keys were not revoked"),
                "doneText": Format.count(
                    done.count, "key is refused from now on, everywhere", "keys are refused from now on, everywhere"),
                "endedBeforeText": endedBefore > 0
                    ? Format.count(endedBefore, "of them had ended before", "of them had ended before") : nil,
                "againPath": left.isEmpty || left.count > ListAddress.pageSize ? nil : Self.path + "?" + again,
            ])
    }
}

extension BulkRevokePage.Report {
    var isFailed: Bool { if case .failed = outcome { true } else { false } }
    var isRevoked: Bool { if case .revoked = outcome { true } else { false } }
}

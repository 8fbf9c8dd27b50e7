internal import Bytes
internal import HTTPTypes
internal import Hummingbird
internal import KeyEvents
internal import Ledger
internal import LedgerQueries
internal import Projections

/// The page that revokes several keys: it shows which they are and how much they are in use, and after one confirmation what became
/// of each. The form holds the ids of the keys that were shown, so that no others are revoked, however the list has changed since.
struct BulkRevokePage: FormPage {
    static let path = Dashboard.base + "/keys/revoke"
    /// The maximum number of keys that are revoked at once; a form with their ids stays below `Dashboard.form`'s limit.
    private static let maxKeys = 1_000
    /// How many revocations are on their way at once, so that they share commits.
    private static let concurrency = 16

    /// What became of one key.
    private enum Outcome: Sendable {
        case revoked, endedBefore
        case failed(String)
    }

    let signedIn: SignedInRequest

    init(signedIn: SignedInRequest) throws {
        self.signedIn = signedIn
        try signedIn.caller.require(.keysWrite)
    }

    func show() throws -> Response {
        // A form that is shown again names its keys.
        if !signedIn.form.isEmpty { return try page(Self.ids(signedIn.form), isAll: signedIn.form["all"] == "yes") }
        guard signedIn.query["all"] == "yes" else { return try page(Self.ids(signedIn.query), isAll: false) }
        var search = ListAddress(signedIn.query, isOperator: signedIn.isOperator).search(at: signedIn.now)
        search.statuses.formIntersection(KeySearch.inForce)
        let ids = try signedIn.ledger.keys.findIDs(search, for: signedIn.caller)
        guard ids.count <= Self.maxKeys else {
            throw PageProblem(
                status: .unprocessableContent, heading: "Too many keys at once",
                text: "\(Format.count(ids.count)) keys match, and at most \(Format.count(Self.maxKeys)) are revoked at once. Nothing was"
                    + " changed. Go back and choose fewer with a filter or the search.")
        }
        return try page(ids, isAll: true)
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
        return try await report(ids, outcomes(ids))
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
        guard !ids.isEmpty || namesKeys else { return signedIn.redirect(to: signedIn.listPath, notice: .noKeyChosen) }
        let known = try read(ids)
        guard !known.isEmpty else { throw PageProblem.unknownKey }
        let rows = known.filter { !$0.hasEnded }
        guard !rows.isEmpty else { return signedIn.redirect(to: signedIn.listPath, notice: known.count == 1 ? .ended : .keysEnded) }
        let used = try rows.map { ($0, try recentUses($0)) }.sorted { $0.1 > $1.1 }
        let (inUse, calls) = (used.count { $0.1 > 0 }, used.reduce(0) { $0 + $1.1 })
        let heading =
            inUse > 0
            ? "\(Format.count(inUse, "key is", "of these keys are")) in use: \(Format.count(calls, "call")) in the last 24 hours."
            : "None of these keys was used in the last 24 hours."
        let own = rows.first { signedIn.warning(before: .revoking, of: $0.key.state.id) != nil }
        return signedIn.page(
            "revoke-keys", title: "Revoke \(Format.count(rows.count, "key"))", status: problems == Problems() ? .ok : .unprocessableContent,
            [
                "isKeysPage": true, "backPath": signedIn.listPath, "backText": "API keys", "bulkPath": Self.path,
                "countText": Format.count(rows.count, "key"), "impactHeading": heading, "isInUse": inUse > 0,
                "ownName": own.map { KeyRow.name($0.key) }, "isAll": isAll, "reason": signedIn.form["reason"] ?? "",
                "reasonError": problems.reason, "asksNumber": isAll || rows.count > ListAddress.pageSize, "numberText": String(rows.count),
                "numberError": problems.number, "leftOutText": leftOut(ended: known.count - rows.count, unknown: ids.count - known.count),
                "keys": used.map { row, uses in
                    row.fields(showsAccount: signedIn.isOperator).adding([
                        "keyPath": row.path, "isUsed": uses > 0, "recentText": Format.count(uses, "call"),
                    ])
                },
            ])
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

    /// Revokes the keys. The one that the user is signed in with comes last, since nothing more can be done with it then.
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
        if let own = signedIn.ownKey, ids.contains(own) { outcomes[own] = await outcome(own) }
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

    private func report(_ ids: [KeyID], _ outcomes: [KeyID: Outcome]) async throws -> Response {
        try await signedIn.ask {
            let rows = Dictionary(uniqueKeysWithValues: try read(ids).map { ($0.key.state.id, $0) })
            var failed: [TemplateContext] = []
            var failedIDs: [KeyID] = []
            var done: [TemplateContext] = []
            var endedBefore = 0
            for id in ids {
                let fields =
                    rows[id].map { $0.fields(showsAccount: signedIn.isOperator).adding(["keyPath": $0.path]) }
                    ?? ["name": id.description]
                switch outcomes[id] {
                case .revoked?: done.append(fields.adding(["outcomeText": "Revoked"]))
                case .endedBefore?:
                    endedBefore += 1
                    done.append(fields.adding(["outcomeText": "Had ended before"]))
                case .failed(let text)?:
                    failedIDs.append(id)
                    failed.append(fields.adding(["outcomeText": text]))
                case nil: break
                }
            }
            let again = failedIDs.map { "id=" + $0.description }.joined(separator: "&")
            return signedIn.pageAfterCommand(
                "revoked-keys", title: failed.isEmpty ? "Keys revoked" : "Not all keys were revoked",
                [
                    "isKeysPage": true, "listPath": signedIn.listPath, "hasFailed": !failed.isEmpty, "failed": failed, "done": done,
                    "hasDone": !done.isEmpty,
                    "failedText": Format.count(failed.count, "key was not revoked", "keys were not revoked"),
                    "doneText": Format.count(
                        done.count, "key is refused from now on, everywhere", "keys are refused from now on, everywhere"),
                    "endedBeforeText": endedBefore > 0
                        ? Format.count(endedBefore, "of them had ended before", "of them had ended before") : nil,
                    "againPath": failedIDs.isEmpty || failedIDs.count > ListAddress.pageSize ? nil : Self.path + "?" + again,
                ])
        }
    }
}

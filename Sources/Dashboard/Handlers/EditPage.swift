internal import Bytes
internal import HTTPTypes
internal import Hummingbird
internal import KeyEvents
internal import Ledger
internal import LedgerQueries
internal import Projections

/// The page that edits a key. A change that takes something from the key is shown first, with what it does to whatever uses the key.
/// The form holds the revision of the key that it was made of: what others change meanwhile is neither lost nor overlooked.
struct EditPage: FormPage {
    /// How many records of uses are read for each of the last 24 hours.
    private static let usesPerHour = 400
    private static let maxAttempts = 3
    private static let shownChanges = 20

    let signedIn: SignedInRequest

    init(signedIn: SignedInRequest) throws {
        self.signedIn = signedIn
        try signedIn.caller.require(.keysWrite)
    }

    private var suggested: [(scope: String, meaning: String)] { signedIn.dashboard.settings.suggestedScopes }

    func show() throws -> Response {
        let key = try signedIn.key
        if hasEnded(key) { return signedIn.redirect(to: path(key), notice: signedIn.endedNotice) }
        if let (base, revision) = try base(of: key) { return page(base, KeyForm(signedIn.form, at: signedIn.now), revision: revision) }
        let form = KeyEdit.form(of: key, suggested: suggested.map(\.scope))
        return page(key, KeyForm(form, at: signedIn.now), revision: key.state.changedPosition)
    }

    func save() async throws -> Response {
        for _ in 0..<Self.maxAttempts {
            do { return try await attempt() } catch is StaleRevision { continue }
        }
        throw PageProblem.changedAllTheTime
    }

    /// Saves the form, or returns what has to be looked at before. Throws `StaleRevision` where the key is changed at the same time.
    private func attempt() async throws -> Response {
        let key = try signedIn.key
        if hasEnded(key) { return signedIn.redirect(to: path(key), notice: signedIn.endedNotice) }
        guard let (base, revision) = try await signedIn.ask({ try base(of: key) }) else { throw PageProblem.foreignForm }
        var form = KeyForm(signedIn.form, at: signedIn.now)
        var edit = KeyEdit(&form, of: base)
        if let problem = KeyRules.check(reason: signedIn.form.reason), case .invalid(let field, let words) = problem {
            form.errors.add(field, words)
        }
        let check = ScopeCheck(
            known: try await signedIn.ask { [signedIn] in try signedIn.knownScopes(of: key.state.accountID) }
                .union(base.state.scopes).union(key.state.scopes))
        if let scopes = edit.change.scopes { for problem in check.problems(scopes) { form.errors.add(problem, at: .scopes) } }
        form.check(
            name: edit.change.name, metadata: edit.change.metadata, expiresAt: edit.change.expiry.flatMap(\.date))
        if signedIn.form["back"] != nil || !form.errors.isEmpty { return page(base, form, revision: revision) }
        edit.leaveOut(whatIsIn: key)
        if edit.isEmpty { return signedIn.redirect(to: path(key), notice: .unchanged) }
        if edit.conflicts(between: base, and: key) {
            return try await signedIn.ask { [edit, form] in try conflict(edit, form, on: key, since: revision) }
        }
        let doubt = edit.change.scopes.flatMap { check.doubt(check.unknown($0), confirmation: "If that is right, save it.") }
        if signedIn.form["reviewed"] == nil, doubt != nil || ChangeImpact.narrows(edit.change, key) {
            return try await signedIn.ask { [edit] in try review(edit, of: key, doubt: doubt, revision: revision) }
        }
        do {
            let outcome = try await signedIn.ledger.commands.changeKey(
                key.state.id, edit.change, revision: key.state.changedPosition, reason: signedIn.form.reason, by: signedIn.caller)
            guard outcome.isChange else { return signedIn.redirectAfterCommand(to: path(key), notice: .unchanged) }
            let isAlike = await edit.change.name == nil ? false : signedIn.hasNamesake(outcome.key)
            return signedIn.redirectAfterCommand(to: path(key), notice: isAlike ? .changedAlike : .changed)
        } catch ServiceError.refused(.invalid(let field, let problem)), ServiceError.invalid(let field, let problem),
            ServiceError.beyondCaller(let field, let problem)
        {
            form.errors.add(field, problem)
            return page(base, form, revision: revision)
        } catch ServiceError.refused(.ended) {
            return signedIn.redirect(to: path(key), notice: .endedMeanwhile)
        }
    }

    /// The key as it was when the form was made of it, with its revision; `nil` where the form names no revision of the key.
    private func base(of key: DecryptedKey) throws -> (key: DecryptedKey, revision: UInt64)? {
        guard let revision = signedIn.form["revision"].flatMap({ WholeNumber.read($0, in: 0...UInt64.max) }) else { return nil }
        return try signedIn.ledger.keys.decryptedKey(key.state.id, revision: revision, for: signedIn.caller).map { ($0, revision) }
    }

    private func hasEnded(_ key: DecryptedKey) -> Bool { key.state.status(at: signedIn.now).hasEnded }

    private func path(_ key: DecryptedKey) -> String { KeyRow.path(of: key.state.id) }

    // MARK: Responses

    /// The form. `base` is the key that it was made of, at the revision.
    private func page(
        _ base: DecryptedKey, _ form: KeyForm, revision: UInt64, isConflict: Bool = false, _ more: TemplateContext = [:]
    ) -> Response {
        var fields = form.fields(suggested: suggested, keeping: base.state.expiresAt.map { .at($0) } ?? .never)
        fields.add(frame(base, revision: revision))
        fields.add([
            "reason": form.form["reason"] ?? "", "isNameErased": base.name == nil, "isListUnreadable": base.ipAllowlist == nil,
            "environmentText": KeyRow.environmentText(base.state.environment),
        ])
        return signedIn.page(
            "edit", title: "Edit \(KeyRow.name(base))",
            status: isConflict ? .conflict : form.errors.isEmpty ? .ok : .unprocessableContent, fields.adding(more))
    }

    private func frame(_ key: DecryptedKey, revision: UInt64) -> TemplateContext {
        let path = path(key)
        let status = key.state.status(at: signedIn.now)
        return [
            "backPath": path, "backText": KeyRow.name(key), "editPath": path + "/edit", "revision": String(revision),
            "keyName": KeyRow.name(key), "hint": key.state.hint, "status": status.rawValue, "statusText": KeyRow.statusText(status),
        ]
    }

    /// The form with what others changed meanwhile, in the places that were not touched here and as a list.
    private func conflict(_ edit: KeyEdit, _ form: KeyForm, on key: DecryptedKey, since revision: UInt64) throws -> Response {
        let changes = try signedIn.ledger.events.lifecycle(of: key.state.id, limit: Self.shownChanges, for: signedIn.caller).events
            .filter { $0.position > revision }
        let merged = KeyForm(edit.form(form.form, on: key, suggested: suggested.map(\.scope)), at: signedIn.now)
        return page(
            key, merged, revision: key.state.changedPosition, isConflict: true,
            [
                "changedMeanwhile": true,
                "events": changes.map { TimelineItem($0, ledger: signedIn.ledger, reader: signedIn.caller).fields },
            ])
    }

    /// The page that shows a change, and what it does to callers, before it is saved.
    private func review(_ edit: KeyEdit, of key: DecryptedKey, doubt: String?, revision: UInt64) throws -> Response {
        let start = signedIn.now - .day
        let recent = try signedIn.ledger.events.recentUses(
            of: key.state.id, from: start, to: signedIn.now + .seconds(1), perHour: Self.usesPerHour, for: signedIn.caller)
        signedIn.noteReading(.events, of: [key.state.accountID])
        let count = try signedIn.ledger.events.uses(of: key.state.id, since: start, for: signedIn.caller)
        let impact = ChangeImpact(of: edit.change, on: key, recent: recent, count: count)
        let read = recent.uses.reduce(UInt64(0)) { $0.saturatingAdding($1.count) }
        let hidden = signedIn.form.fields(except: ["csrf", "revision", "reviewed", "back"])
        return signedIn.page(
            "edit-review", title: "Save these changes?",
            frame(key, revision: revision).adding([
                "changes": rows(edit.change, of: key), "hasImpact": !impact.sentences.isEmpty, "impact": impact.sentences, "doubt": doubt,
                "ownKeyWarning": edit.change.ipAllowlist.flatMap { signedIn.warning(before: .restricting($0), of: key.state.id) },
                "sample": recent.isSample
                    ? "Judged by \(Format.count(read, "recorded call")) of about \(Format.count(count)), the first of each hour." : nil,
                "inputs": hidden.map { ["inputName": $0.name, "inputValue": $0.value] as TemplateContext },
            ]))
    }

    private func rows(_ change: KeyChange, of key: DecryptedKey) -> [TemplateContext] {
        func list(_ texts: [String], _ none: String) -> String { texts.isEmpty ? none : texts.joined(separator: ", ") }
        func pairs(_ metadata: [String: String]) -> String {
            list(PlainText.sorted(metadata).map { "\($0.key): \($0.value)" }, "None")
        }
        var rows: [(label: String, before: String, after: String)] = []
        if let name = change.name { rows.append(("Name", KeyRow.name(key), name)) }
        if let scopes = change.scopes { rows.append(("Scopes", list(key.state.scopes, "None"), list(scopes, "None"))) }
        if let expiry = change.expiry {
            rows.append(("Expiry", key.state.expiresAt.map(Format.time) ?? "Never", expiry.date.map(Format.time) ?? "Never"))
        }
        if let networks = change.ipAllowlist {
            let before = key.ipAllowlist.map { list($0, "Any") } ?? "None: the list can no longer be read"
            rows.append(("Allowed addresses", before, list(networks, "Any")))
        }
        if let metadata = change.metadata { rows.append(("Metadata", pairs(key.metadata), pairs(metadata))) }
        return rows.map {
            ["changeLabel": $0.label, "changeBefore": DisplayText.sanitized($0.before), "changeAfter": DisplayText.sanitized($0.after)]
        }
    }
}

internal import Bytes
internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import KeyEvents
internal import Ledger
internal import LedgerAPI
internal import LedgerQueries
internal import Projections

/// The page that creates a key and shows its secret once.
struct CreatePage: FormPage {
    /// How many accounts are listed in a menu; where there are more, they are suggested while one is typed.
    private static let maxListedAccounts = 200
    private static let maxSuggestedAccounts = 2_000
    /// The number of further keys from which down the form says how many an account may have.
    private static let fewKeys: UInt64 = 10

    /// What the form asks before it creates a key, each answered by sending it again.
    private struct Questions {
        var name: String?
        var scopes: String?
        /// The scopes that `scopes` is about.
        var unknownScopes: [String] = []
        var lacksScopes = false

        var isEmpty: Bool { name == nil && scopes == nil && !lacksScopes }
    }

    /// The environments to choose from. Programs may make keys of others.
    private static let environments: [(value: String, label: String, hint: String)] = [
        ("live", "Live", "Works with real listings."), ("test", "Test", "For trying things out: refused where real listings are."),
    ]

    let signedIn: SignedInRequest

    init(signedIn: SignedInRequest) throws {
        self.signedIn = signedIn
        try signedIn.caller.require(.keysWrite)
    }

    /// The id of the command in the form; `nil` where the form holds none.
    private var commandID: String? { signedIn.form["commandId"].flatMap { (16...64).contains($0.utf8.count) ? $0 : nil } }

    private var settings: DashboardSettings { signedIn.dashboard.settings }

    func show() throws -> Response {
        let days = settings.defaultExpiryDays.map(String.init) ?? "never"
        let form = Form(fields: [
            ("expiry", KeyForm.periods.contains { $0.0 == days } ? days : "never"), ("addresses", ownAddresses.joined(separator: "\n")),
            ("accountId", signedIn.query["account"] ?? ""), ("preset", "auto"),
        ])
        // A refused form that is sent again is the same command: it creates no second key, whatever became of the first attempt.
        return try page(
            commandID: commandID ?? signedIn.dashboard.tokens.make(),
            KeyForm(signedIn.form.isEmpty ? form : signedIn.form, at: signedIn.now), Questions())
    }

    func create() async throws -> Response {
        guard let commandID else { throw PageProblem.foreignForm }
        var form = KeyForm(signedIn.form, at: signedIn.now)
        let request = read(&form)
        let isFirst = signedIn.dashboard.sessions.noteForm(commandID, signedIn.token)
        // Whether the form may be sent again as if it had not been sent.
        var isUnused = isFirst
        defer { if isUnused { signedIn.dashboard.sessions.forgetForm(commandID, signedIn.token) } }
        let (checked, questions) = try await signedIn.ask { [form] in try check(request, form, isFirst: isFirst) }
        form = checked
        guard form.errors.isEmpty, questions.isEmpty else {
            return try await signedIn.ask { [form] in try page(commandID: commandID, form, questions) }
        }
        isUnused = false
        do {
            let (outcome, secret) = try await signedIn.ledger.commands.createKey(request, by: signedIn.caller, commandID: commandID)
            return shown(outcome.key, secret)
        } catch ServiceError.commandIDReused, ServiceError.commandIDForgotten {
            return used()
        } catch ServiceError.refused(.invalid(let field, let problem)), ServiceError.invalid(let field, let problem),
            ServiceError.beyondCaller(let field, let problem)
        {
            isUnused = true
            form.errors.add(field, problem)
            return try await signedIn.ask { [form] in try page(commandID: commandID, form, Questions()) }
        } catch let refusal as ServiceError {
            isUnused = true
            throw refusal
        }
    }

    // MARK: Reading the form

    /// Reads the form. The request is of use only where the form has no errors.
    private func read(_ form: inout KeyForm) -> CreateKey {
        let name = form.name()
        let account = signedIn.isOperator ? account(&form) : nil
        let expiry = form.expiry()
        let scopes = scopes(&form, name: name)
        let addresses = form.addresses()
        let metadata = form.metadata()
        let environment = signedIn.form["environment"] ?? KeyEnvironment.default
        if !Self.environments.contains(where: { $0.value == environment }) { form.errors.add("Choose one of these.", at: .environment) }
        form.check(name: name, metadata: metadata, expiresAt: expiry?.date)
        return CreateKey(
            name: name, account: account, environment: environment, scopes: scopes,
            metadata: metadata, ipAllowlist: addresses.isEmpty ? ownAddresses : addresses, expiresAt: expiry?.date)
    }

    private func account(_ form: inout KeyForm) -> AccountID? {
        let text = (signedIn.form[isAccountNew ? "newAccountId" : "accountId"] ?? "").trimmingWhiteSpace
        let account = AccountID(text)
        if account == nil {
            let isMissing = text.isEmpty && !isAccountNew
            form.errors.add(
                isMissing ? "Choose the account that the key is for." : "An account's id has 1 to 64 letters, digits or . _ : - @.",
                at: .account)
        }
        return account
    }

    private var isAccountNew: Bool { signedIn.form["accountChoice"] == "new" }

    /// Reads the scopes: those of the chosen preset, those that the name stands for, or those that are ticked and typed.
    private func scopes(_ form: inout KeyForm, name: String) -> [String] {
        // The button says so, whatever was ticked before it was chosen.
        if signedIn.form["withoutScopes"] != nil { return [] }
        switch signedIn.form["preset"] {
        case "custom": return form.scopes
        case "auto": return scopes(named: name)
        case nil: return form.scopes.isEmpty ? scopes(named: name) : form.scopes
        case let value:
            if let preset = settings.presets.first(where: { Self.value(of: $0) == value }) { return preset.scopes }
            form.errors.add("Choose one of these.", at: .scopes)
            return []
        }
    }

    private func scopes(named name: String) -> [String] {
        (settings.presets.first { $0.isNamed(name) } ?? settings.presets.first(where: \.isDefault))?.scopes ?? []
    }

    private static func value(of preset: KeyPreset) -> String { "preset " + preset.name }

    /// The address restrictions of the key that the user signed in with, which the new key inherits where the form names none.
    private var ownAddresses: [String] {
        guard case .key(let id, _) = signedIn.session.basis, !signedIn.isOperator else { return [] }
        return (try? signedIn.ledger.keys.decryptedKey(id, for: signedIn.caller).ipAllowlist) ?? []
    }

    // MARK: Checking by what there is

    /// Checks the form by what the ledger has. A form that was sent before may have created a key, and an account, by now: these are
    /// no reason to refuse it.
    private func check(_ request: CreateKey, _ form: KeyForm, isFirst: Bool) throws -> (form: KeyForm, questions: Questions) {
        var form = form
        var questions = Questions()
        if signedIn.isOperator, isFirst, let account = request.account { form.errors.add(try problem(of: account), at: .account) }
        let account = request.account ?? signedIn.caller.account
        let check = ScopeCheck(known: try signedIn.knownScopes(of: account))
        for problem in check.problems(request.scopes) { form.errors.add(problem, at: .scopes) }
        guard form.errors.isEmpty else { return (form, questions) }
        if isFirst, signedIn.form["confirmedName"] != signedIn.form["name"],
            try signedIn.ledger.keys.keysNamed(request.name, account: account, for: signedIn.caller) > 0
        {
            questions.name =
                "There is a key of this name already. To create a second one, choose Generate again; or give this one another name."
        }
        questions.unknownScopes = check.unknown(request.scopes)
        if signedIn.form["confirmedScopes"] != questions.unknownScopes.joined(separator: " ") {
            questions.scopes = check.doubt(questions.unknownScopes, confirmation: "If that is right, choose Generate again.")
        }
        questions.lacksScopes = request.scopes.isEmpty && signedIn.form["withoutScopes"] == nil
        return (form, questions)
    }

    private func problem(of account: AccountID) throws -> String? {
        let accounts = try signedIn.ledger.keys.accounts(for: signedIn.caller)
        if isAccountNew {
            return accounts.contains(account) ? "There is an account \(account) already. Choose it among those that exist." : nil
        }
        guard !accounts.contains(account) else { return nil }
        let meant = TypingError.nearest(to: account.description, among: accounts.map(\.description))
        return "There is no account \(account).\(meant.map { " Did you mean \($0)?" } ?? "") To make one, choose A new account."
    }

    // MARK: Responses

    private func page(commandID: String, _ form: KeyForm, _ questions: Questions) throws -> Response {
        let scopes = settings.suggestedScopes
        var fields = form.fields(suggested: scopes)
        fields.add([
            "backPath": signedIn.listPath, "backText": "API keys", "commandId": commandID, "nameWarning": questions.name,
            "scopesWarning": questions.scopes, "confirmedScopes": questions.unknownScopes.joined(separator: " "),
            "lacksScopes": questions.lacksScopes, "hasSuggestions": !settings.presets.isEmpty,
            "suggestions": settings.presets.map(\.name), "environments": environments(form.form),
            "moreOpen": !(form.form["addresses"] ?? "").isEmpty || form.form.all("metadataName").contains { !$0.isEmpty }
                || !form.errors.isEmpty(at: .addresses) || !form.errors.isEmpty(at: .metadata),
        ])
        fields.add(presets(form.form))
        if signedIn.isOperator { fields.add(try accounts(form.form)) } else { fields.add(try room()) }
        if !questions.isEmpty { fields.add(["notice": SignedInRequest.askedNotice]) }
        return signedIn.page("create", title: "Create API Key", status: form.errors.isEmpty ? .ok : .unprocessableContent, fields)
    }

    private func environments(_ form: Form) -> [TemplateContext] {
        let chosen = form["environment"] ?? KeyEnvironment.default
        let prefix = signedIn.ledger.prefix
        return Self.environments.map { value, label, hint in
            [
                "environmentValue": value, "environmentLabel": label, "environmentHint": hint, "environmentChecked": value == chosen,
                "environmentStart": "\(prefix)_\(value)_",
            ]
        }
    }

    private func presets(_ form: Form) -> TemplateContext {
        guard !settings.presets.isEmpty else { return [:] }
        let chosen = form["preset"] ?? (form.all("scope").isEmpty && (form["moreScopes"] ?? "").isEmpty ? "auto" : "custom")
        let defaults = settings.presets.first(where: \.isDefault)?.scopes ?? []
        let automatic: TemplateContext = [
            "presetValue": "auto", "presetTitle": "By its name", "presetChecked": chosen == "auto", "hasPresetScopes": true,
            "presetHint": defaults.isEmpty
                ? "A name listed here gets its scopes" : "A name listed here gets its scopes; any other name only",
            "presetScopes": defaults, "presetScopesText": defaults.joined(separator: " "),
        ]
        let named = settings.presets.map { preset in
            let value = Self.value(of: preset)
            return [
                "presetValue": value, "presetTitle": preset.name, "presetName": preset.name,
                "presetHint": preset.hint.isEmpty ? nil : preset.hint, "presetScopes": preset.scopes, "hasPresetScopes": true,
                "presetScopesText": preset.scopes.joined(separator: " "), "presetChecked": value == chosen,
            ] as TemplateContext
        }
        let custom: TemplateContext = [
            "presetValue": "custom", "presetTitle": "Choose scopes", "presetHint": "Tick them one by one, or type others",
            "presetChecked": chosen == "custom",
        ]
        return ["hasPresets": true, "presets": [automatic] + named + [custom]]
    }

    /// Says before a key is created how many more the account may have, where that is few.
    private func room() throws -> TemplateContext {
        let standing = try signedIn.ledger.accounts.accountStanding(signedIn.caller.account, for: signedIn.caller)
        let limit = "\(Format.count(standing.keyLimit, "key")) that \(standing.keyLimit == 1 ? "has" : "have") not ended"
        guard standing.hasRoom else {
            let text = "Your account may have \(limit), and has \(Format.count(standing.keys)): no key can be created until one is revoked."
            return ["fullText": text + " Whoever operates the service can allow more."]
        }
        guard standing.keyLimit - standing.keys <= Self.fewKeys else { return [:] }
        return ["roomText": "Your account may have \(limit), and has \(Format.count(standing.keys))."]
    }

    /// Says of an account in the menu that it has as many keys as it may have.
    private func label(of account: AccountID) throws -> String {
        let hasRoom = try signedIn.ledger.accounts.accountStanding(account, for: signedIn.caller).hasRoom
        return account.description + (hasRoom ? "" : " (has as many keys as it may have)")
    }

    private func accounts(_ form: Form) throws -> TemplateContext {
        let all = try signedIn.ledger.keys.accounts(for: signedIn.caller)
        // Keys of the operator's own account are the exception.
        let accounts = all.filter { !$0.isOperator } + all.filter(\.isOperator)
        let shown = accounts.prefix(Self.maxSuggestedAccounts)
        signedIn.noteReading(.keys, of: shown)
        let isListed = accounts.count <= Self.maxListedAccounts
        let chosen = form["accountId"] ?? ""
        let isNew = form["accountChoice"].map { $0 == "new" } ?? !accounts.contains { !$0.isOperator }
        return [
            "choosesAccount": true, "listsAccounts": isListed, "accountId": chosen, "newAccountId": form["newAccountId"] ?? "",
            "isAccountNew": isNew,
            "accounts": try shown.map { account in
                [
                    "accountName": account.description, "accountLabel": try isListed ? label(of: account) : nil,
                    "accountChosen": account.description == chosen,
                ] as TemplateContext
            },
        ]
    }

    /// The only response that contains the secret.
    private func shown(_ key: DecryptedKey, _ secret: Secret?) -> Response {
        signedIn.page(
            "created", title: secret == nil ? "Created already" : "Your new API key",
            [
                "name": KeyRow.name(key), "keyPath": KeyRow.path(of: key.state.id), "listPath": signedIn.listPath,
                "createPath": Dashboard.base + "/keys/new", "secret": secret?.reveal(),
                "tryIt": secret.flatMap { TryIt(signedIn, key.state, $0)?.fields }, "hasScopes": !key.state.scopes.isEmpty,
                "scopes": key.state.scopes, "expiresText": key.state.expiresAt.map(Format.time),
                "environmentText": KeyRow.environmentText(key.state.environment),
            ])
    }

    /// The response to a form that created a key before, and was changed since.
    private func used() -> Response {
        signedIn.problem(
            PageProblem(
                status: .conflict, heading: "This form was used already",
                text: "It created a key before, whose secret was shown then. For another key, choose Create API Key in the list of keys."
            ).ofForm)
    }
}

extension SignedInRequest {
    /// The number of an account's newest keys whose scopes count as known.
    private static let keysWithKnownScopes = 1_000

    /// The scopes that keys of an account are known to use: those that are suggested, those of presets, and those of its keys.
    func knownScopes(of account: AccountID) throws -> Set<String> {
        let settings = dashboard.settings
        return try ledger.keys.scopes(of: account, ofNewest: Self.keysWithKnownScopes, for: caller)
            .union(settings.suggestedScopes.map(\.scope)).union(settings.presets.flatMap(\.scopes))
    }
}

internal import Bytes
internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import KeyEvents
internal import Ledger
internal import LedgerQueries
internal import Projections

/// The page that creates a key and shows its secret once.
struct CreatePage: Sendable {
    private static let suggestions = ["Property Sync", "CRM Integration", "Channel Manager", "Reporting Script"]
    private static let periods = [("30", "30 days"), ("90", "90 days"), ("365", "1 year")]
    private static let environments = [
        ("live", "Live", "For systems that work with real listings"), ("test", "Test", "For trying things out"),
    ]
    private static let day = Duration.seconds(86_400)

    /// The validation errors that are shown beside the form's fields.
    private struct ValidationErrors {
        var form: String?
        var name: String?
        var warning: String?
        var account: String?
        var expiry: String?
        var environment: String?
        var scopes: String?

        var isEmpty: Bool { [form, name, warning, account, expiry, environment, scopes].allSatisfy { $0 == nil } }
    }

    let signedIn: SignedInRequest

    init(signedIn: SignedInRequest) throws {
        self.signedIn = signedIn
        try signedIn.caller.require(.keysWrite)
    }

    func show() throws -> Response { page(commandID: signedIn.dashboard.tokens.make(), ValidationErrors()) }

    func create() async throws -> Response {
        guard let commandID = signedIn.form["commandId"], (16...64).contains(commandID.utf8.count) else { throw PageProblem.foreignForm }
        var validationErrors = ValidationErrors()
        let request = read(&validationErrors)
        guard let request, validationErrors.isEmpty else { return page(commandID: commandID, validationErrors) }
        let isFirst = signedIn.dashboard.sessions.noteForm(commandID, signedIn.token)
        if isFirst, signedIn.form["confirmedName"] != signedIn.form["name"], try await isNameTaken(request, commandID) {
            signedIn.dashboard.sessions.forgetForm(commandID, signedIn.token)
            validationErrors.warning =
                "There is a key of this name already. To create a second one, choose Generate again; or give this one another name."
            return page(commandID: commandID, validationErrors)
        }
        do {
            let (outcome, secret) = try await signedIn.ledger.commands.createKey(request, by: signedIn.caller, commandID: commandID)
            return shown(outcome.key, secret)
        } catch ServiceError.commandIDReused, ServiceError.commandIDForgotten {
            return used()
        } catch ServiceError.refused(.invalid(let field, let problem)), ServiceError.invalid(let field, let problem),
            ServiceError.beyondCaller(let field, let problem)
        {
            signedIn.dashboard.sessions.forgetForm(commandID, signedIn.token)
            let sentence = "It " + problem
            switch field {
            case "name": validationErrors.name = "The name " + problem
            case "scopes": validationErrors.scopes = "The scopes " + problem
            case "environment": validationErrors.environment = sentence
            case "expiresAt": validationErrors.expiry = "The expiry " + problem
            default: validationErrors.form = "\(field) \(problem)"
            }
            return page(commandID: commandID, validationErrors)
        }
    }

    // MARK: Reading the form

    private func read(_ validationErrors: inout ValidationErrors) -> CreateKey? {
        let form = signedIn.form
        let name = (form["name"] ?? "").trimmingWhiteSpace
        if name.isEmpty { validationErrors.name = "Give the key a name: it is how people tell keys apart." }
        var account: AccountID?
        if signedIn.isOperator {
            account = AccountID((form["accountId"] ?? "").trimmingWhiteSpace)
            if account == nil { validationErrors.account = "An account's id has 1 to 64 letters, digits or . _ : - @." }
        }
        let expiresAt = expiry(&validationErrors)
        let more = (form["moreScopes"] ?? "").split { $0.isWhitespace || $0 == "," }.map(String.init)
        guard validationErrors.isEmpty else { return nil }
        return CreateKey(
            name: name, account: account, environment: form["environment"] ?? KeyEnvironment.default, scopes: form.all("scope") + more,
            ipAllowlist: ownAddresses, expiresAt: expiresAt)
    }

    /// The address restrictions of the key that the user signed in with, which the new key inherits. The form has no field to
    /// narrow them further.
    private var ownAddresses: [String] {
        guard case .key(let id, _) = signedIn.session.basis, !signedIn.isOperator else { return [] }
        return (try? signedIn.ledger.keys.decryptedKey(id, for: signedIn.caller).ipAllowlist) ?? []
    }

    /// Reads the expiry. It is the end of a day, so that sending the form again requests the same.
    private func expiry(_ validationErrors: inout ValidationErrors) -> Timestamp? {
        switch signedIn.form["expiry"] ?? "never" {
        case "never": return nil
        case "custom":
            guard let end = (signedIn.form["expiresOn"]).flatMap({ Timestamp(rfc3339: $0 + "T23:59:59Z") }) else {
                validationErrors.expiry = "Choose the last day on which the key is to work."
                return nil
            }
            guard end > signedIn.now else {
                validationErrors.expiry = "That day is over; choose a later one."
                return nil
            }
            return end
        case let period:
            guard Self.periods.contains(where: { $0.0 == period }), let days = Int64(period) else {
                validationErrors.expiry = "Choose one of these."
                return nil
            }
            return end(after: days)
        }
    }

    private func end(after days: Int64) -> Timestamp {
        Views.Bucket.day.start(of: signedIn.now + Self.day * days) + Self.day - .seconds(1)
    }

    private func isNameTaken(_ request: CreateKey, _ commandID: String) async throws -> Bool {
        do {
            return try await signedIn.ask { [signedIn] in
                try signedIn.ledger.keys.keysNamed(request.name, account: request.account ?? signedIn.caller.account, for: signedIn.caller)
                    > 0
            }
        } catch {
            signedIn.dashboard.sessions.forgetForm(commandID, signedIn.token)
            throw error
        }
    }

    // MARK: Responses

    private func page(commandID: String, _ validationErrors: ValidationErrors) -> Response {
        let form = signedIn.form
        let expiry = form["expiry"] ?? "never"
        let environment = form["environment"] ?? KeyEnvironment.default
        let chosen = Set(form.all("scope"))
        var fields: TemplateContext = [
            "backPath": Dashboard.base, "backText": "API keys", "commandId": commandID, "formError": validationErrors.form,
            "name": form["name"] ?? "", "nameMax": KeyPage.maxInputLength(KeyRules.maximumNameLength), "nameError": validationErrors.name,
            "nameWarning": validationErrors.warning, "suggestions": Self.suggestions, "choosesAccount": signedIn.isOperator,
            "accountId": form["accountId"] ?? "", "accountError": validationErrors.account,
            "expiresOn": form["expiresOn"] ?? "", "expiresOnMin": Format.isoDate(signedIn.now), "expiryError": validationErrors.expiry,
            "environmentError": validationErrors.environment, "moreScopes": form["moreScopes"] ?? "",
            "scopesError": validationErrors.scopes,
        ]
        let periods = Self.periods.map { value, label in (value, label, Format.date(end(after: Int64(value) ?? 0))) }
        fields["expiryOptions"] =
            ([("never", "No expiry", nil)] + periods + [("custom", "Choose a day", nil)] as [(String, String, String?)]).map {
                ["expiryValue": $0, "expiryLabel": $1, "expiryHint": $2, "expiryChecked": $0 == expiry] as TemplateContext
            }
        fields["environments"] = Self.environments.map {
            ["environmentValue": $0, "environmentLabel": $1, "environmentHint": $2, "environmentChecked": $0 == environment]
                as TemplateContext
        }
        let scopes = signedIn.dashboard.settings.suggestedScopes
        fields["hasScopeOptions"] = !scopes.isEmpty
        fields["scopeOptions"] = scopes.map {
            ["scopeValue": $0.scope, "scopeHint": $0.meaning, "scopeChecked": chosen.contains($0.scope)] as TemplateContext
        }
        let isGood = validationErrors.isEmpty || validationErrors.warning != nil
        return signedIn.page("create", title: "Create API Key", status: isGood ? .ok : .unprocessableContent, fields)
    }

    /// The only response that contains the secret.
    private func shown(_ key: DecryptedKey, _ secret: Secret?) -> Response {
        signedIn.page(
            "created", title: secret == nil ? "Created already" : "Your new API key",
            [
                "name": KeyRow.name(key), "keyPath": Dashboard.base + "/keys/" + key.state.id.description,
                "createPath": Dashboard.base + "/keys/new", "secret": secret?.reveal(), "curlUrl": signedIn.dashboard.settings.exampleURL,
            ])
    }

    /// The response to a form that created a key before, and was changed since.
    private func used() -> Response {
        signedIn.problem(
            PageProblem(
                status: .conflict, heading: "This form was used already",
                text: "It created a key before, whose secret was shown then. For another key, choose Create API Key in the list of keys."))
    }
}

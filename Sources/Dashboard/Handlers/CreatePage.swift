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
    private struct Complaints {
        var form: String?
        var name: String?
        var warning: String?
        var account: String?
        var expiry: String?
        var environment: String?
        var scopes: String?

        var isEmpty: Bool { [form, name, warning, account, expiry, environment, scopes].allSatisfy { $0 == nil } }
    }

    let visit: Visit

    init(visit: Visit) throws {
        self.visit = visit
        try visit.caller.require(.keysWrite)
    }

    func show() throws -> Response { page(commandID: visit.dashboard.tokens.make(), Complaints()) }

    func create() async throws -> Response {
        guard let commandID = visit.form["commandId"], (16...64).contains(commandID.utf8.count) else { throw PageProblem.foreignForm }
        var complaints = Complaints()
        let request = read(&complaints)
        guard let request, complaints.isEmpty else { return page(commandID: commandID, complaints) }
        let isFirst = visit.dashboard.sessions.noteForm(commandID, visit.token)
        if isFirst, visit.form["confirmedName"] != visit.form["name"], try await isNameTaken(request, commandID) {
            visit.dashboard.sessions.forgetForm(commandID, visit.token)
            complaints.warning =
                "There is a key of this name already. To create a second one, choose Generate again; or give this one another name."
            return page(commandID: commandID, complaints)
        }
        do {
            let (outcome, secret) = try await visit.ledger.commands.createKey(request, by: visit.caller, commandID: commandID)
            return shown(outcome.key, secret)
        } catch ServiceError.commandIDReused, ServiceError.commandIDForgotten {
            return used()
        } catch ServiceError.refused(.invalid(let field, let problem)), ServiceError.invalid(let field, let problem),
            ServiceError.beyondCaller(let field, let problem)
        {
            visit.dashboard.sessions.forgetForm(commandID, visit.token)
            let sentence = "It " + problem
            switch field {
            case "name": complaints.name = "The name " + problem
            case "scopes": complaints.scopes = "The scopes " + problem
            case "environment": complaints.environment = sentence
            case "expiresAt": complaints.expiry = "The expiry " + problem
            default: complaints.form = "\(field) \(problem)"
            }
            return page(commandID: commandID, complaints)
        }
    }

    // MARK: Reading the form

    private func read(_ complaints: inout Complaints) -> CreateKey? {
        let form = visit.form
        let name = (form["name"] ?? "").trimmingWhiteSpace
        if name.isEmpty { complaints.name = "Give the key a name: it is how people tell keys apart." }
        var account: AccountID?
        if visit.isOperator {
            account = AccountID((form["accountId"] ?? "").trimmingWhiteSpace)
            if account == nil { complaints.account = "An account's id has 1 to 64 letters, digits or . _ : - @." }
        }
        let expiresAt = expiry(&complaints)
        let more = (form["moreScopes"] ?? "").split { $0.isWhitespace || $0 == "," }.map(String.init)
        guard complaints.isEmpty else { return nil }
        return CreateKey(
            name: name, account: account, environment: form["environment"] ?? KeyEnvironment.default, scopes: form.all("scope") + more,
            ipAllowlist: ownAddresses, expiresAt: expiresAt)
    }

    /// The address restrictions of the key that the user signed in with, which the new key inherits. The form has no field to
    /// narrow them further.
    private var ownAddresses: [String] {
        guard case .key(let id, _) = visit.session.basis, !visit.isOperator else { return [] }
        return (try? visit.ledger.keys.keyView(id, for: visit.caller).ipAllowlist) ?? []
    }

    /// Reads the expiry. It is the end of a day, so that sending the form again requests the same.
    private func expiry(_ complaints: inout Complaints) -> Timestamp? {
        switch visit.form["expiry"] ?? "never" {
        case "never": return nil
        case "custom":
            guard let end = (visit.form["expiresOn"]).flatMap({ Timestamp(rfc3339: $0 + "T23:59:59Z") }) else {
                complaints.expiry = "Choose the last day on which the key is to work."
                return nil
            }
            guard end > visit.now else {
                complaints.expiry = "That day is over; choose a later one."
                return nil
            }
            return end
        case let period:
            guard Self.periods.contains(where: { $0.0 == period }), let days = Int64(period) else {
                complaints.expiry = "Choose one of these."
                return nil
            }
            return end(after: days)
        }
    }

    private func end(after days: Int64) -> Timestamp {
        Views.Bucket.day.start(of: visit.now + Self.day * days) + Self.day - .seconds(1)
    }

    private func isNameTaken(_ request: CreateKey, _ commandID: String) async throws -> Bool {
        do {
            return try await visit.ask { [visit] in
                try visit.ledger.keys.keysNamed(request.name, account: request.account ?? visit.caller.account, for: visit.caller) > 0
            }
        } catch {
            visit.dashboard.sessions.forgetForm(commandID, visit.token)
            throw error
        }
    }

    // MARK: Responses

    private func page(commandID: String, _ complaints: Complaints) -> Response {
        let form = visit.form
        let expiry = form["expiry"] ?? "never"
        let environment = form["environment"] ?? KeyEnvironment.default
        let chosen = Set(form.all("scope"))
        var fields: Fields = [
            "backPath": Dashboard.base, "backText": "API keys", "commandId": commandID, "formError": complaints.form,
            "name": form["name"] ?? "", "nameMax": KeyPage.longestInput(KeyRules.maximumNameLength), "nameError": complaints.name,
            "nameWarning": complaints.warning, "suggestions": Self.suggestions, "choosesAccount": visit.isOperator,
            "accountId": form["accountId"] ?? "", "accountError": complaints.account,
            "expiresOn": form["expiresOn"] ?? "", "expiresOnMin": Shown.isoDate(visit.now), "expiryError": complaints.expiry,
            "environmentError": complaints.environment, "moreScopes": form["moreScopes"] ?? "", "scopesError": complaints.scopes,
        ]
        let periods = Self.periods.map { value, label in (value, label, Shown.date(end(after: Int64(value) ?? 0))) }
        fields["expiryOptions"] =
            ([("never", "No expiry", nil)] + periods + [("custom", "Choose a day", nil)] as [(String, String, String?)]).map {
                ["expiryValue": $0, "expiryLabel": $1, "expiryHint": $2, "expiryChecked": $0 == expiry] as Fields
            }
        fields["environments"] = Self.environments.map {
            ["environmentValue": $0, "environmentLabel": $1, "environmentHint": $2, "environmentChecked": $0 == environment] as Fields
        }
        let scopes = visit.dashboard.settings.suggestedScopes
        fields["hasScopeOptions"] = !scopes.isEmpty
        fields["scopeOptions"] = scopes.map {
            ["scopeValue": $0.scope, "scopeHint": $0.meaning, "scopeChecked": chosen.contains($0.scope)] as Fields
        }
        let isGood = complaints.isEmpty || complaints.warning != nil
        return visit.page("create", title: "Create API Key", status: isGood ? .ok : .unprocessableContent, fields)
    }

    /// The only response that contains the secret.
    private func shown(_ key: KeyView, _ secret: Secret?) -> Response {
        visit.page(
            "created", title: secret == nil ? "Created already" : "Your new API key",
            [
                "name": KeyRow.name(key), "keyPath": Dashboard.base + "/keys/" + key.state.id.description,
                "createPath": Dashboard.base + "/keys/new", "secret": secret?.reveal(), "curlUrl": visit.dashboard.settings.exampleURL,
            ])
    }

    /// The response to a form that created a key before, and was changed since.
    private func used() -> Response {
        visit.problem(
            PageProblem(
                status: .conflict, heading: "This form was used already",
                text: "It created a key before, whose secret was shown then. For another key, choose Create API Key in the list of keys."))
    }
}

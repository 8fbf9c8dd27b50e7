/// The validation errors of a form, each shown beside its field.
struct FormErrors {
    /// The places of the forms for keys where an error is shown.
    enum Place: String, CaseIterable {
        case form, name, account, scopes, expiry, environment, addresses, metadata, reason
    }

    private var messages: [Place: String] = [:]

    var isEmpty: Bool { messages.isEmpty }

    /// The error of a place. The first one stays.
    subscript(_ place: Place) -> String? {
        get { messages[place] }
        set { messages[place] = messages[place] ?? newValue }
    }

    /// Adds what the ledger refused.
    ///
    /// - Parameters:
    ///   - field: The name of the field, as programs know it.
    ///   - problem: The end of a sentence that begins with the field's name.
    mutating func add(_ field: String, _ problem: String) {
        let problem = Format.sentence(problem)
        switch field {
        case "name": self[.name] = "The name " + problem
        case "scopes": self[.scopes] = "The scopes " + problem
        case "environment": self[.environment] = "It " + problem
        case "expiresAt": self[.expiry] = "The expiry " + problem
        case "ipAllowlist": self[.addresses] = "The list of addresses " + problem
        case "metadata": self[.metadata] = "The metadata " + problem
        case "reason": self[.reason] = "The reason " + problem
        default: self[.form] = "\(field) \(problem)"
        }
    }

    /// The errors as the templates name them: `nameError`, and so on.
    var fields: TemplateContext {
        var fields: TemplateContext = [:]
        for (place, message) in messages { fields[place.rawValue + "Error"] = message }
        return fields
    }
}

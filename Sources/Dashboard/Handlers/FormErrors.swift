/// The validation errors of a form, each shown beside its field.
struct FormErrors {
    /// The places of the forms for keys where an error is shown.
    enum Place: String, CaseIterable {
        case form, name, account, scopes, expiry, environment, addresses, metadata, reason
    }

    /// How many errors of one place are shown.
    private static let maxShown = 100

    private var messages: [Place: [String]] = [:]
    /// The rows of the metadata that are wrong, and whether it is their names or their values.
    private(set) var rows: [Int: Set<RowPart>] = [:]

    /// The fields of a row of metadata.
    enum RowPart {
        case name, value
    }

    var isEmpty: Bool { messages.isEmpty }

    func isEmpty(at place: Place) -> Bool { messages[place] == nil }

    /// The errors of a place, in the order in which they were found.
    func messages(at place: Place) -> [String] { messages[place] ?? [] }

    /// Adds an error of a place, unless it stands there already.
    mutating func add(_ message: String?, at place: Place) {
        guard let message, messages[place]?.contains(message) != true else { return }
        messages[place, default: []].append(message)
    }

    /// Adds an error of a row of the metadata.
    mutating func add(_ problem: String, inRow row: Int, of part: RowPart) {
        rows[row, default: []].insert(part)
        add("Row \(row + 1) \(problem)", at: .metadata)
    }

    /// Adds what the ledger refused.
    ///
    /// - Parameters:
    ///   - field: The name of the field, as programs know it.
    ///   - problem: The end of a sentence that begins with the field's name.
    mutating func add(_ field: String, _ problem: String) {
        let problem = Format.sentence(problem)
        switch field {
        case "name": add("The name " + problem, at: .name)
        case "scopes": add("The scopes " + problem, at: .scopes)
        case "environment": add("It " + problem, at: .environment)
        case "expiresAt": add("The expiry " + problem, at: .expiry)
        case "ipAllowlist": add("The list of addresses " + problem, at: .addresses)
        case "metadata": add("The metadata " + problem, at: .metadata)
        case "reason": add("The reason " + problem, at: .reason)
        default: add("\(field) \(problem)", at: .form)
        }
    }

    /// The errors as the templates name them: `nameError` for those that are one sentence, `nameErrors` for a list of them.
    var fields: TemplateContext {
        var fields: TemplateContext = [:]
        for (place, messages) in messages {
            let more = messages.count > Self.maxShown ? ["There are \(Format.count(messages.count - Self.maxShown)) more."] : []
            let shown = Array(messages.prefix(Self.maxShown)) + more
            fields[place.rawValue + "Error"] = shown.joined(separator: " ")
            fields[place.rawValue + "Errors"] = shown
        }
        fields["metadataWhole"] = !isEmpty(at: .metadata) && rows.isEmpty
        return fields
    }
}

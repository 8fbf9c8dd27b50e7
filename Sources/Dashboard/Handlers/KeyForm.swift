internal import Bytes
internal import Foundation
internal import KeyEvents
internal import Ledger
internal import Projections

/// The fields that the forms of creating and of editing a key share: how each is read, and how it is shown again.
struct KeyForm {
    /// The periods that are offered as an expiry, in days.
    static let periods = [("30", "30 days"), ("90", "90 days"), ("365", "1 year")]
    private static let emptyRows = 2

    let form: Form
    let now: Timestamp
    var errors = FormErrors()

    init(_ form: Form, at now: Timestamp) {
        self.form = form
        self.now = now
    }

    // MARK: Reading

    mutating func name() -> String {
        let name = (form["name"] ?? "").trimmingWhiteSpace
        if name.isEmpty { errors.add("Give the key a name: it is how people tell keys apart.", at: .name) }
        return name
    }

    /// The scopes that are ticked, and those that are typed.
    var scopes: [String] {
        let typed = (form["moreScopes"] ?? "").split { $0.isWhitespace || $0 == "," }.map(String.init)
        var seen: Set<String> = []
        return (form.all("scope") + typed).filter { seen.insert($0).inserted }
    }

    /// Reads the expiry. It is the end of a day, so that sending the form again requests the same. `nil` stands for the choice to keep
    /// what the key has, and for an error.
    mutating func expiry() -> Expiry? {
        switch form["expiry"] ?? "never" {
        case "keep": return nil
        case "never": return .never
        case "custom":
            guard let end = form["expiresOn"].flatMap({ Timestamp(rfc3339: $0 + "T23:59:59Z") }) else {
                errors.add("Choose the last day on which the key is to work.", at: .expiry)
                return nil
            }
            guard end > now else {
                errors.add("That day is over; choose a later one.", at: .expiry)
                return nil
            }
            return .at(end)
        case let period:
            guard Self.periods.contains(where: { $0.0 == period }), let days = Int64(period) else {
                errors.add("Choose one of these.", at: .expiry)
                return nil
            }
            return .at(Self.end(after: days, from: now))
        }
    }

    static func end(after days: Int64, from now: Timestamp) -> Timestamp {
        Views.Bucket.day.start(of: now + .day * days) + .day - .seconds(1)
    }

    /// Reads the allowed addresses, one a line. Everything that is wrong is said, with the number of its line.
    mutating func addresses() -> [String] {
        var networks: [String] = []
        let lines = (form["addresses"] ?? "").split(omittingEmptySubsequences: false) { $0.isNewline }
        for (index, line) in lines.enumerated() {
            let entries = line.split { $0.isWhitespace || $0 == "," }
            for (number, text) in entries.enumerated() {
                guard let network = IPNetwork(text) else {
                    let place = entries.count > 1 ? "Line \(index + 1), entry \(number + 1)" : "Line \(index + 1)"
                    errors.add("\(place) \(Self.problem(text))", at: .addresses)
                    continue
                }
                networks.append(network.description)
            }
        }
        if networks.count > KeyRules.maximumAllowedNetworks {
            errors.add(
                "These are more than \(KeyRules.maximumAllowedNetworks) addresses. Ranges such as 192.0.2.0/24 take fewer.", at: .addresses)
        }
        return networks
    }

    /// Describes text that is no address, as the end of a sentence.
    private static func problem(_ text: Substring) -> String {
        if let zone = text.firstIndex(of: "%"), let network = IPNetwork(text[..<zone] + text[zone...].drop { $0 != "/" }) {
            return "holds a zone (what stands behind %), which has a meaning on one machine only. Did you mean \(network)?"
        }
        if let address = IPAddress(endpoint: text) {
            return "\(text.last == "]" ? "has brackets around the address" : "holds a port"). Did you mean \(address)?"
        }
        let ends = text.split(separator: "-", maxSplits: 1)
        if ends.count == 2, IPAddress(ends[0]) != nil {
            return "holds two addresses with a dash. Write a range with its length, such as 192.0.2.0/24, or each address on a line."
        }
        if text.contains(where: \.isLetter), !text.contains(":") { return "holds a name. Write the address that it stands for." }
        return "is neither an IP address nor a range such as 192.0.2.0/24 or 2001:db8::/32."
    }

    /// Reads the metadata from its rows. A row that is empty counts for nothing.
    mutating func metadata() -> [String: String] {
        var metadata: [String: String] = [:]
        for (index, row) in rows.enumerated() {
            if row.name.isEmpty {
                errors.add("has a value and no name.", inRow: index, of: .name)
            } else if metadata.updateValue(row.value, forKey: row.name) != nil {
                errors.add("has a name that stands in an earlier row too.", inRow: index, of: .name)
            } else if PlainText.length(row.name) > KeyRules.maximumMetadataKeyLength {
                errors.add("has a name that is longer than \(KeyRules.maximumMetadataKeyLength) characters.", inRow: index, of: .name)
            } else if !PlainText.isVisible(row.name) {
                errors.add("has a name that shows nothing.", inRow: index, of: .name)
            } else if row.name.unicodeScalars.contains(where: \.isLayoutControl) {
                errors.add("has a control character in its name.", inRow: index, of: .name)
            }
            if row.value.unicodeScalars.contains(where: \.isLayoutControl) {
                errors.add("has a control character in its value.", inRow: index, of: .value)
            }
        }
        return metadata
    }

    /// Checks what was read by the rules of the ledger, all at once. What is wrong in a way that is said already is not said again.
    mutating func check(name: String?, metadata: [String: String]?, expiresAt: Timestamp?) {
        let refusals = KeyRules.refusals(
            name: errors.isEmpty(at: .name) ? name : nil, metadata: errors.isEmpty(at: .metadata) ? metadata : nil,
            expiresAt: errors.isEmpty(at: .expiry) ? expiresAt : nil, now: now)
        for case .invalid(let field, let problem) in refusals { errors.add(field, problem) }
    }

    /// The rows in which something stands.
    private var rows: [(name: String, value: String)] {
        let all = zip(form.all("metadataName"), form.all("metadataValue")).map {
            (name: $0.trimmingWhiteSpace, value: $1.trimmingWhiteSpace)
        }
        return all.filter { !$0.name.isEmpty || !$0.value.isEmpty }
    }

    // MARK: Showing

    /// The form with what was typed, and with the errors beside their fields.
    ///
    /// - Parameters:
    ///   - suggested: The scopes that are offered as boxes, each with its meaning.
    ///   - kept: The expiry that the key has already, and keeps by default; `nil` for a new key.
    /// - Returns: The fields of the templates.
    func fields(suggested: [(scope: String, meaning: String)], keeping kept: Expiry? = nil) -> TemplateContext {
        let chosen = Set(form.all("scope"))
        let expiry = form["expiry"] ?? (kept == nil ? "never" : "keep")
        let fields: TemplateContext = [
            "name": form["name"] ?? "", "nameMax": KeyPage.maxInputLength(KeyRules.maximumNameLength),
            "expiresOn": form["expiresOn"] ?? "", "expiresOnMin": Format.isoDate(now), "moreScopes": form["moreScopes"] ?? "",
            "hasScopeOptions": !suggested.isEmpty,
            "scopeOptions": suggested.map {
                ["scopeValue": $0.scope, "scopeHint": $0.meaning.isEmpty ? nil : $0.meaning, "scopeChecked": chosen.contains($0.scope)]
                    as TemplateContext
            },
            "expiryOptions": expiryOptions(keeping: kept).map {
                ["expiryValue": $0, "expiryLabel": $1, "expiryHint": $2, "expiryChecked": $0 == expiry] as TemplateContext
            },
            "addresses": form["addresses"] ?? "", "metadataRows": shownRows,
            "metadataNameMax": KeyPage.maxInputLength(KeyRules.maximumMetadataKeyLength),
            "metadataValueMax": KeyPage.maxInputLength(KeyRules.maximumMetadataLength),
        ]
        return fields.adding(errors.fields)
    }

    private func expiryOptions(keeping kept: Expiry?) -> [(String, String, String?)] {
        let periods = Self.periods.map { value, label in (value, label, Format.date(Self.end(after: Int64(value) ?? 0, from: now))) }
        let first: [(String, String, String?)] =
            switch kept {
            case nil: [("never", "No expiry", nil)]
            case .never: [("keep", "No expiry", "As it is")]
            case .at(let date): [("keep", "As it is", Format.date(date)), ("never", "No expiry", nil)]
            }
        return first + periods + [("custom", "Choose a day", nil)]
    }

    private var shownRows: [TemplateContext] {
        let shown = rows + Array(repeating: ("", ""), count: Self.emptyRows)
        return shown.enumerated().map { index, row in
            let wrong = errors.rows[index] ?? []
            return [
                "rowNumber": index + 1, "rowName": row.name, "rowValue": row.value, "isNameWrong": wrong.contains(.name),
                "isValueWrong": wrong.contains(.value),
            ]
        }
    }
}

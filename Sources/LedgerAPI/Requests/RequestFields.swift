package import KeyEvents
internal import Ledger
package import LedgerQueries

/// The fields of an object in a request, taken out one by one; fields that are left over are an error. No field may contain a
/// key's secret except those that are meant to.
package struct RequestFields {
    private var fields: [JSONValue.Field]
    /// The path of the object in the body, such as `requests[3].`.
    private let path: String
    /// Whether `null` counts as absent. Otherwise `null` is a value like any other, and usually of the wrong type.
    private let isNullAbsent: Bool

    /// Reads an object. `secrets` are the fields that may contain a key's secret, or that the caller checks itself. `prefix` is that of
    /// the ledger's secrets, behind which a short piece counts; `nil` where there is no ledger.
    package init(
        _ value: JSONValue, path: String = "", secrets: [String] = [], isNullAbsent: Bool = true, prefix: String?
    ) throws(Problem) {
        guard case .object(let fields) = value else {
            guard path.isEmpty else { throw .invalid(String(path.dropLast()), "must be an object, not \(value.kind).") }
            throw Problem(.invalidField, "The body must be an object, not \(value.kind).")
        }
        for field in fields {
            if let secret = MisplacedSecret(in: field.name, prefix: prefix) { throw .secret(secret, in: nil) }
            if !secrets.contains(field.name) { try field.value.refuseSecrets(at: path, field.name, prefix: prefix) }
        }
        self.fields = fields
        self.path = path
        self.isNullAbsent = isNullAbsent
    }

    /// Throws a problem when fields are left over. Call it when all known fields have been taken.
    package func end() throws(Problem) {
        if !fields.isEmpty { throw .invalid(fields.map { .unknown("field", $0.name, in: path) }) }
    }

    package mutating func take(_ name: String) -> JSONValue? {
        guard let index = fields.firstIndex(where: { PlainText.areIdentical($0.name, name) }) else { return nil }
        let value = fields.remove(at: index).value
        return value == .null && isNullAbsent ? nil : value
    }

    package mutating func required<Value>(_ name: String, _ value: Value?) throws(Problem) -> Value {
        guard let value else { throw .invalid(path + name, "is missing.") }
        return value
    }

    package mutating func string(_ name: String, upTo limit: Int? = nil) throws(Problem) -> String? {
        guard let value = take(name) else { return nil }
        guard case .string(let text) = value else { throw wrongType(name, "a string", value) }
        if let limit, text.unicodeScalars.count > limit { throw .invalid(path + name, "is longer than \(limit) characters.") }
        return text
    }

    package mutating func bool(_ name: String) throws(Problem) -> Bool? {
        guard let value = take(name) else { return nil }
        guard case .bool(let flag) = value else { throw wrongType(name, "true or false", value) }
        return flag
    }

    /// Reads a whole number from 0 to 2⁵³−1, the maximum that every JSON parser represents exactly.
    package mutating func wholeNumber(_ name: String) throws(Problem) -> UInt64? {
        guard let value = take(name) else { return nil }
        guard case .number(let number) = value else { throw wrongType(name, "a whole number", value) }
        guard let number, number < 1 << 53 else { throw .invalid(path + name, "must be a whole number from 0 to 9007199254740991.") }
        return number
    }

    package mutating func strings(_ name: String) throws(Problem) -> [String]? {
        guard let value = take(name) else { return nil }
        guard case .array(let elements) = value else { throw wrongType(name, "a list of strings", value) }
        var strings: [String] = []
        for element in elements {
            guard case .string(let text) = element else { throw wrongType(name, "a list of strings", element) }
            strings.append(text)
        }
        return strings
    }

    package mutating func stringMap(_ name: String) throws(Problem) -> [String: String]? {
        guard let value = take(name) else { return nil }
        guard case .object(let fields) = value else { throw wrongType(name, "an object of strings", value) }
        var map: [String: String] = [:]
        for field in fields {
            guard case .string(let text) = field.value else { throw wrongType(name, "an object of strings", field.value) }
            // Swift considers the two names equal: one of the two values would be lost.
            guard map.updateValue(text, forKey: field.name) == nil else {
                throw invalid(name, "has two names that are the same text in different characters (composed and decomposed).")
            }
        }
        return map
    }

    package mutating func permissions(_ name: String) throws(Problem) -> [Permission]? {
        guard let names = try strings(name) else { return nil }
        var permissions: [Permission] = []
        for text in names {
            guard let permission = Permission(rawValue: text) else {
                throw .invalid(path + name, "must be among: \(Permission.allCases.map(\.rawValue).joined(separator: ", ")).")
            }
            permissions.append(permission)
        }
        return permissions
    }

    package mutating func account(_ name: String) throws(Problem) -> AccountID? {
        guard let text = try string(name) else { return nil }
        guard let account = AccountID(text) else { throw invalid(name, "must be 1 to 64 letters, digits, or characters of “._:-@”.") }
        return account
    }

    package mutating func time(_ name: String) throws(Problem) -> Timestamp? {
        guard let value = take(name) else { return nil }
        guard case .string(let text) = value else { throw wrongType(name, "a time", value) }
        guard let time = Timestamp(rfc3339: text) else { throw .invalid(path + name, "must be a time such as 2027-01-01T00:00:00Z.") }
        return time
    }

    /// Reads a time, or a position in digits.
    package mutating func bound(_ name: String) throws(Problem) -> LogBound? {
        guard let text = try string(name, upTo: 64) else { return nil }
        guard let bound = LogBound(text) else { throw .invalid(path + name, LogBound.problem) }
        return bound
    }

    /// The path of a field in the body.
    package func place(of name: String) -> String { path + name }

    /// Whether a field is present with the value `null`, where that is a valid value. The field is then taken.
    package mutating func takesNull(_ name: String) -> Bool {
        guard let index = fields.firstIndex(where: { PlainText.areIdentical($0.name, name) && $0.value == .null }) else { return false }
        fields.remove(at: index)
        return true
    }

    /// Reads an expiry, for which `null` means never.
    package mutating func expiry(_ name: String) throws(Problem) -> Expiry? {
        if takesNull(name) { return .never }
        return try time(name).map { .at($0) }
    }

    package func invalid(_ name: String, _ problem: String) -> Problem { .invalid(path + name, problem) }

    private func wrongType(_ name: String, _ expected: String, _ value: JSONValue) -> Problem {
        .invalid(path + name, "must be \(expected), not \(value.kind).")
    }
}

internal import Hummingbird
internal import KeyledgerClient

/// The fields of an object or the parameters of an address, taken out one by one. What is wrong with them is collected, so that
/// the problem names every field; what is left over is wrong too (`Decodable` would ignore it). No field may contain an API key,
/// because its value is stored and shown.
struct RequestFields {
    /// The maximum number of fields that a problem names.
    private static let maxErrors = 50

    private var fields: [String: FieldValue]
    private var errors: [FieldError] = []

    init(_ fields: [String: FieldValue]) throws(Problem) {
        for (name, value) in fields.sorted(by: { $0.key < $1.key }) {
            if APIKey.isHeld(in: name) {
                errors.append(FieldError(field: nil, detail: "The name of a field holds an API key; nothing was done."))
            } else if APIKey.isHeld(in: value.text ?? "") {
                errors.append(FieldError(field: name, detail: "\(name) holds an API key, which has no place there; nothing was done."))
            }
        }
        self.fields = fields
        if !errors.isEmpty { throw .invalid(Array(errors.prefix(Self.maxErrors))) }
    }

    /// Takes the parameters of a query. One that stands there twice has no acceptable value.
    init(_ query: Parameters) throws(Problem) {
        let parameters = query.map { name, text in
            (String(name), text.hasPrefix("+") ? .other : Int64(text).map(FieldValue.number) ?? .text(String(text)))
        }
        try self.init(Dictionary(parameters) { _, _ in .other })
    }

    /// Throws a problem when anything was wrong, or fields are left over. Call it when all known fields have been taken.
    func end() throws(Problem) {
        let unknown = fields.keys.sorted().map { name in
            let shown = name.wholeMatch(of: /[!-~&&[^"]]{1,40}/) == nil ? nil : name
            return FieldError(field: shown, detail: "\(shown ?? "There is a field or parameter that") is not known here.")
        }
        let all = errors + unknown
        if !all.isEmpty { throw .invalid(Array(all.prefix(Self.maxErrors))) }
    }

    /// Returns the value of a field that must be there. Where it is missing or wrong, that is noted, and the placeholder stands for
    /// it until `end` throws.
    mutating func required<Value>(_ name: String, _ value: Value?, or placeholder: Value) -> Value {
        if value == nil, !errors.contains(where: { $0.field == name }) {
            errors.append(FieldError(field: name, detail: "\(name) is missing."))
        }
        return value ?? placeholder
    }

    /// Takes a field, and reads its value; `nil` when it is missing, or wrong, which is noted. `null` counts as missing.
    private mutating func take<Value>(_ name: String, _ expected: String, _ read: (FieldValue) -> Value?) -> Value? {
        guard let value = fields.removeValue(forKey: name), value != .null else { return nil }
        let result = read(value)
        if result == nil { errors.append(FieldError(field: name, detail: "\(name) must be \(expected).")) }
        return result
    }

    /// Reads a text with at least one visible character and without control characters; with `isLong`, tabs and line breaks are
    /// allowed.
    mutating func text(_ name: String, upTo limit: Int, isLong: Bool = false) -> String? {
        take(name, "a string of 1 to \(limit) characters, not all white space, and no control characters") { value in
            value.text.flatMap { text in
                let isAllowed = text.unicodeScalars.allSatisfy { scalar in
                    (scalar.value >= 0x20 && !(0x7F...0x9F).contains(scalar.value)) || (isLong && ["\n", "\r", "\t"].contains(scalar))
                }
                return isAllowed && text.unicodeScalars.count <= limit && !text.allSatisfy(\.isWhitespace) ? text : nil
            }
        }
    }

    /// Reads capital letters, such as those of a country or a currency.
    mutating func letters(_ name: String, count: Int) -> String? {
        take(name, "\(count) capital letters from A to Z") { value in
            value.text.flatMap { $0.utf8.count == count && $0.utf8.allSatisfy { (0x41...0x5A).contains($0) } ? $0 : nil }
        }
    }

    mutating func number(_ name: String, in range: ClosedRange<Int64>) -> Int64? {
        take(name, "a whole number from \(range.lowerBound) to \(range.upperBound)") { value in
            value.number.flatMap { range.contains($0) ? $0 : nil }
        }
    }

    mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(_ name: String) -> Choice? {
        take(name, "one of: " + Choice.allCases.map(\.rawValue).joined(separator: ", ")) { $0.text.flatMap(Choice.init) }
    }

    /// Reads the point at which a list goes on.
    mutating func cursor(_ name: String) -> ListingCursor? {
        take(name, "the nextCursor of a list") { $0.text.flatMap(ListingCursor.init) }
    }
}

internal import Hummingbird
internal import KeyledgerClient

/// The fields of an object or the parameters of an address, taken out one by one; what is left over is an error (`Decodable`
/// would ignore it). No field may contain an API key, because its value is stored and shown.
struct RequestFields {
    private var fields: [String: FieldValue]

    init(_ fields: [String: FieldValue]) throws(Problem) {
        for (name, value) in fields {
            guard !APIKey.isHeld(in: name) else { throw .invalid(nil, "The name of a field holds an API key; nothing was done.") }
            guard !APIKey.isHeld(in: value.text ?? "") else {
                throw .invalid(name, "\(name) holds an API key, which has no place there; nothing was done.")
            }
        }
        self.fields = fields
    }

    /// Takes the parameters of a query. One that stands there twice has no acceptable value.
    init(_ query: Parameters) throws(Problem) {
        let parameters = query.map { name, text in
            (String(name), text.hasPrefix("+") ? .other : Int64(text).map(FieldValue.number) ?? .text(String(text)))
        }
        try self.init(Dictionary(parameters) { _, _ in .other })
    }

    /// Throws a problem when fields are left over. Call it when all known fields have been taken.
    func end() throws(Problem) {
        guard let name = fields.keys.min() else { return }
        let shown = name.wholeMatch(of: /[!-~&&[^"]]{1,40}/) == nil ? nil : name
        throw .invalid(shown, "\(shown ?? "There is a field or parameter that") is not known here.")
    }

    /// Takes a field, and reads its value. `null` counts as absent.
    private mutating func take<Value>(
        _ name: String, _ expected: String, _ read: (FieldValue) -> Value?
    ) throws(Problem) -> Value? {
        guard let value = fields.removeValue(forKey: name), value != .null else { return nil }
        guard let result = read(value) else { throw .invalid(name, "\(name) must be \(expected).") }
        return result
    }

    /// Reads a text with at least one visible character and without control characters; with `isLong`, tabs and line breaks are
    /// allowed.
    mutating func text(_ name: String, upTo limit: Int, isLong: Bool = false) throws(Problem) -> String? {
        try take(name, "a string of 1 to \(limit) characters, not all white space, and no control characters") { value in
            value.text.flatMap { text in
                let isAllowed = text.unicodeScalars.allSatisfy { scalar in
                    (scalar.value >= 0x20 && !(0x7F...0x9F).contains(scalar.value)) || (isLong && ["\n", "\r", "\t"].contains(scalar))
                }
                return isAllowed && text.unicodeScalars.count <= limit && !text.allSatisfy(\.isWhitespace) ? text : nil
            }
        }
    }

    /// Reads capital letters, such as those of a country or a currency.
    mutating func letters(_ name: String, count: Int) throws(Problem) -> String? {
        try take(name, "\(count) capital letters from A to Z") { value in
            value.text.flatMap { $0.utf8.count == count && $0.utf8.allSatisfy { (0x41...0x5A).contains($0) } ? $0 : nil }
        }
    }

    mutating func number(_ name: String, in range: ClosedRange<Int64>) throws(Problem) -> Int64? {
        try take(name, "a whole number from \(range.lowerBound) to \(range.upperBound)") { value in
            value.number.flatMap { range.contains($0) ? $0 : nil }
        }
    }

    mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(_ name: String) throws(Problem) -> Choice? {
        try take(name, "one of: " + Choice.allCases.map(\.rawValue).joined(separator: ", ")) { $0.text.flatMap(Choice.init) }
    }
}

extension Optional {
    /// The value of a field that must be there.
    func required(_ name: String) throws(Problem) -> Wrapped {
        guard let self else { throw .invalid(name, "\(name) is missing.") }
        return self
    }
}

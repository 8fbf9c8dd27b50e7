internal import KeyledgerClient

/// The fields of an object in a request, taken out one by one; fields that are left over are an error. No field may contain an
/// API key, because its value is stored and shown.
struct RequestFields {
    private var fields: [String: JSONValue]

    init(_ value: JSONValue) throws(Problem) {
        guard case .object(let fields) = value else { throw .invalid(nil, "An object is expected, not \(value.kind).") }
        for (name, value) in fields {
            guard !APIKey.isHeld(in: name) else { throw .invalid(nil, "The name of a field holds an API key; nothing was done.") }
            if case .string(let text) = value, APIKey.isHeld(in: text) {
                throw .invalid(name, "\(name) holds an API key, which has no place there; nothing was done.")
            }
        }
        self.fields = fields
    }

    /// Throws a problem when fields are left over. Call it when all known fields have been taken.
    func end() throws(Problem) {
        guard let name = fields.keys.min() else { return }
        let isPlain = name.utf8.count <= 40 && name.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\"") }
        throw isPlain
            ? .invalid(name, "\(name) is not a field that is known here.") : .invalid(nil, "There is a field that is not known here.")
    }

    /// Takes a field; `null` counts as absent.
    mutating func take(_ name: String) -> JSONValue? {
        guard let value = fields.removeValue(forKey: name), value != .null else { return nil }
        return value
    }

    mutating func required<Value>(_ name: String, _ value: Value?) throws(Problem) -> Value {
        guard let value else { throw .invalid(name, "\(name) is missing.") }
        return value
    }

    /// Reads a text with at least one visible character and without control characters; with `isLong`, tabs and line breaks are
    /// allowed.
    mutating func text(_ name: String, upTo limit: Int, isLong: Bool = false) throws(Problem) -> String? {
        guard let value = take(name) else { return nil }
        guard case .string(let text) = value else { throw Self.wrongType(name, "a string", value) }
        guard text.unicodeScalars.count <= limit else { throw .invalid(name, "\(name) is longer than \(limit) characters.") }
        let isAllowed = text.unicodeScalars.allSatisfy { scalar in
            (scalar.value >= 0x20 && !(0x7F...0x9F).contains(scalar.value)) || (isLong && ["\n", "\r", "\t"].contains(scalar))
        }
        guard isAllowed else { throw .invalid(name, "\(name) holds control characters.") }
        guard text.contains(where: { !$0.isWhitespace }) else { throw .invalid(name, "\(name) is empty.") }
        return text
    }

    /// Reads capital letters, such as those of a country or a currency.
    mutating func letters(_ name: String, count: Int) throws(Problem) -> String? {
        guard let value = take(name) else { return nil }
        guard case .string(let text) = value else { throw Self.wrongType(name, "a string", value) }
        guard text.utf8.count == count, text.utf8.allSatisfy({ (0x41...0x5A).contains($0) }) else {
            throw .invalid(name, "\(name) must be \(count) capital letters from A to Z.")
        }
        return text
    }

    mutating func wholeNumber(_ name: String, in range: ClosedRange<Int64>) throws(Problem) -> Int64? {
        guard let value = take(name) else { return nil }
        guard case .integer(let number) = value, range.contains(number) else {
            throw .invalid(name, "\(name) must be a whole number from \(range.lowerBound) to \(range.upperBound).")
        }
        return number
    }

    mutating func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String, _ type: Choice.Type = Choice.self
    ) throws(Problem) -> Choice? where Choice.RawValue == String {
        guard let value = take(name) else { return nil }
        guard case .string(let text) = value, let choice = Choice(rawValue: text) else {
            throw .invalid(name, "\(name) must be one of: \(Choice.allCases.map(\.rawValue).joined(separator: ", ")).")
        }
        return choice
    }

    mutating func list(_ name: String) throws(Problem) -> [JSONValue]? {
        guard let value = take(name) else { return nil }
        guard case .array(let elements) = value else { throw Self.wrongType(name, "a list", value) }
        return elements
    }

    private static func wrongType(_ name: String, _ expected: String, _ value: JSONValue) -> Problem {
        .invalid(name, "\(name) must be \(expected), not \(value.kind).")
    }
}

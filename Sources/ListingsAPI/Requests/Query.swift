internal import Hummingbird

/// The query parameters of a request.
struct Query {
    private let parameters: [(name: Substring, value: Substring)]

    /// Throws a problem for parameters that would otherwise be ignored silently: a mistyped filter would list everything.
    init(_ request: Request, allowed: [String]) throws(Problem) {
        parameters = request.uri.queryParameters.map { ($0.key, $0.value) }
        for (index, parameter) in parameters.enumerated() {
            guard let name = allowed.first(where: { $0 == parameter.name }) else {
                throw .invalid(nil, "There is a parameter that is not known here; this address takes \(allowed.joined(separator: ", ")).")
            }
            guard !parameters[..<index].contains(where: { $0.name == parameter.name }) else {
                throw .invalid(name, "\(name) stands more than once in the address.")
            }
        }
    }

    subscript(name: String) -> String? { parameters.first { $0.name == name }.map { String($0.value) } }

    func wholeNumber(_ name: String, in range: ClosedRange<Int>) throws(Problem) -> Int? {
        guard let text = self[name] else { return nil }
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(text), range.contains(number) else {
            throw .invalid(name, "\(name) must be a whole number from \(range.lowerBound) to \(range.upperBound).")
        }
        return number
    }

    func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String, _ type: Choice.Type = Choice.self
    ) throws(Problem) -> Choice? where Choice.RawValue == String {
        guard let text = self[name] else { return nil }
        guard let choice = Choice(rawValue: text) else {
            throw .invalid(name, "\(name) must be one of: \(Choice.allCases.map(\.rawValue).joined(separator: ", ")).")
        }
        return choice
    }
}

/// A field that has one of a few values. Its errors name them all.
protocol Choice: RawRepresentable<String>, CaseIterable, Codable, Equatable, Sendable {}

extension Choice {
    init(_ text: String, field: String) throws(Problem) {
        guard let choice = Self(rawValue: text) else {
            throw .invalid(field, "\(field) must be one of: \(Self.allCases.map(\.rawValue).joined(separator: ", ")).")
        }
        self = choice
    }

    init(from decoder: any Decoder) throws {
        try self.init(decoder.singleValueContainer().decode(String.self), field: decoder.codingPath.last?.stringValue ?? "It")
    }
}

/// The value of a field in a request. Every field of a listing is a text or a whole number.
enum FieldValue: Decodable, Equatable, Sendable {
    case null
    case text(String)
    case number(Int64)
    /// A value that no field takes.
    case other

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = container.decodeNil() ? .null : (try? container.decode(String.self)).map(Self.text)
        self = text ?? (try? container.decode(Int64.self)).map(Self.number) ?? .other
    }

    var text: String? { if case .text(let text) = self { text } else { nil } }
    var number: Int64? { if case .number(let number) = self { number } else { nil } }
}

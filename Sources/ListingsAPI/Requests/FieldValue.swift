internal import KeyledgerClient

/// The value of a field whose type is not known yet. Every field of a listing is a text or a whole number.
enum FieldValue: Codable, Sendable {
    case null
    case text(String)
    case number(Int64)
    /// Anything else. No field takes it, so it is encoded as something that no field takes.
    case unusable

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        self =
            if container.decodeNil() {
                .null
            } else if let text = try? container.decode(String.self) {
                .text(text)
            } else {
                (try? container.decode(Int64.self)).map(Self.number) ?? .unusable
            }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .text(let text): try container.encode(text)
        case .number(let number): try container.encode(number)
        case .unusable: try container.encode(false)
        }
    }
}

extension Decoder {
    /// Returns the fields of a request's object, and refuses API keys in them, because fields are stored and shown.
    func requestFields() throws -> [String: FieldValue] {
        let fields = try singleValueContainer().decode([String: FieldValue].self)
        for (name, value) in fields {
            guard !APIKey.isHeld(in: name) else { throw Problem.invalid(nil, "The name of a field holds an API key; nothing was done.") }
            if case .text(let text) = value, APIKey.isHeld(in: text) {
                throw Problem.invalid(name, "\(name) holds an API key, which has no place there; nothing was done.")
            }
        }
        return fields
    }

    /// Refuses fields that are not known, which `Decodable` would ignore.
    func refuseFields<Known: CodingKey & CaseIterable>(exceptOf known: Known.Type) throws {
        let names = Set(try requestFields().keys).subtracting(Known.allCases.map(\.stringValue))
        guard let name = names.min() else { return }
        let isPlain = name.utf8.count <= 40 && name.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\"") }
        throw Problem.invalid(isPlain ? name : nil, "\(isPlain ? name : "There is a field that") is not a field that is known here.")
    }
}

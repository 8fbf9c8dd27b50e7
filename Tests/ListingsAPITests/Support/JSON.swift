import Foundation
import Yams

/// JSON, or YAML read as JSON, as tests look into it.
enum JSON: Decodable, Equatable, Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSON])
    case object([String: JSON])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let text = try? container.decode(String.self) {
            self = .string(text)
        } else if let whole = try? container.decode(Int64.self) {
            self = .integer(whole)
        } else if let flag = try? container.decode(Bool.self) {
            self = .bool(flag)
        } else if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else if let fields = try? container.decode([String: JSON].self) {
            self = .object(fields)
        } else {
            self = .array(try container.decode([JSON].self))
        }
    }

    init(parsing bytes: Data) throws { self = try JSONDecoder().decode(JSON.self, from: bytes) }
}

extension JSON {
    subscript(name: String) -> JSON? {
        guard case .object(let fields) = self else { return nil }
        return fields[name]
    }

    subscript(index: Int) -> JSON? { elements.indices.contains(index) ? elements[index] : nil }

    var fields: [String: JSON] {
        guard case .object(let fields) = self else { return [:] }
        return fields
    }

    var elements: [JSON] {
        guard case .array(let elements) = self else { return [] }
        return elements
    }

    var string: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    var whole: Int64? {
        guard case .integer(let number) = self else { return nil }
        return number
    }

    /// A YAML node by the JSON schema of YAML.
    init(_ node: Node) {
        switch node {
        case .mapping(let mapping):
            self = .object(Dictionary(uniqueKeysWithValues: mapping.map { ($0.key.string ?? "", JSON($0.value)) }))
        case .sequence(let sequence): self = .array(sequence.map { JSON($0) })
        case .scalar(let scalar):
            guard scalar.style == .plain else {
                self = .string(scalar.string)
                return
            }
            switch scalar.string {
            case "null", "": self = .null
            case "true": self = .bool(true)
            case "false": self = .bool(false)
            default: self = Int64(scalar.string).map { .integer($0) } ?? .string(scalar.string)
            }
        case .alias: preconditionFailure("aliases are resolved when the text is composed")
        }
    }
}

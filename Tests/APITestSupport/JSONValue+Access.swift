package import LedgerAPI
package import Yams

/// Looking into JSON, or into YAML that is read as JSON.
extension JSONValue {
    package subscript(name: String) -> JSONValue? {
        guard case .object(let fields) = self else { return nil }
        return fields.first { $0.name == name }?.value
    }

    package subscript(index: Int) -> JSONValue? {
        guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
        return elements[index]
    }

    package var fields: [Field] {
        guard case .object(let fields) = self else { return [] }
        return fields
    }

    /// The names of an object's members, in the order of the text.
    package var names: [String] { fields.map(\.name) }

    package var elements: [JSONValue] {
        guard case .array(let elements) = self else { return [] }
        return elements
    }

    package var string: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    package var whole: UInt64? {
        guard case .number(let number) = self else { return nil }
        return number
    }

    package var bool: Bool? {
        guard case .bool(let flag) = self else { return nil }
        return flag
    }

    package var isNull: Bool { self == .null }

    package init(parsing text: String) throws { self = try JSONParser.parse(Array(text.utf8).span) }

    /// A YAML node by the JSON schema of YAML.
    package init(_ node: Node) {
        switch node {
        case .mapping(let mapping): self = .object(mapping.map { Field(name: $0.key.string ?? "", value: JSONValue($0.value)) })
        case .sequence(let sequence): self = .array(sequence.map { JSONValue($0) })
        case .scalar(let scalar):
            guard scalar.style == .plain else {
                self = .string(scalar.string)
                return
            }
            switch scalar.string {
            case "null", "": self = .null
            case "true": self = .bool(true)
            case "false": self = .bool(false)
            default: self = UInt64(scalar.string).map { .number($0) } ?? .string(scalar.string)
            }
        case .alias: preconditionFailure("aliases are resolved when the text is composed")
        }
    }
}

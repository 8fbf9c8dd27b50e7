import Foundation
import Yams

@testable import ListingsAPI

/// JSON, or YAML read as JSON, as tests look into it.
typealias JSON = JSONValue

extension JSONValue {
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

import Foundation

@testable import ListingsAPI

/// Checks values against the subset of JSON Schema that the description uses. A keyword it does not know is a finding: nothing
/// that is described goes unchecked.
struct SchemaCheck {
    let document: JSON

    /// What is wrong with `value`; nothing, when it conforms.
    func findings(_ value: JSON, _ schema: JSON, at path: String = "$") -> [String] {
        schema.fields.sorted { $0.key < $1.key }.flatMap { check(value, $0.key, $0.value, schema, path) }
    }

    func resolve(_ value: JSON) -> JSON {
        guard let reference = value["$ref"]?.string else { return value }
        guard let found = reference.split(separator: "/").dropFirst().reduce(Optional(document), { $0?[String($1)] }) else {
            preconditionFailure("\(reference) leads nowhere")
        }
        return resolve(found)
    }

    private func check(_ value: JSON, _ keyword: String, _ argument: JSON, _ schema: JSON, _ path: String) -> [String] {
        func expect(_ isRight: Bool, _ words: String) -> [String] { isRight ? [] : ["\(path) \(words): \(value)"] }
        switch keyword {
        case "description", "example", "default": return []
        case "$ref":
            let found = (argument.string ?? "").split(separator: "/").dropFirst().reduce(Optional(document)) { $0?[String($1)] }
            return found.map { findings(value, $0, at: path) } ?? ["\(path): \(argument) leads nowhere"]
        case "type":
            let types = argument.string.map { [$0] } ?? argument.elements.compactMap(\.string)
            return expect(types.contains { isOfType(value, $0) } || types.contains("null") && value == .null, "is none of \(types)")
        case "const": return expect(value == argument, "is not \(argument)")
        case "enum": return expect(argument.elements.contains(value), "is not in the list")
        case "properties":
            return value.fields.flatMap { name, field in argument[name].map { findings(field, $0, at: path + "." + name) } ?? [] }
        case "required":
            guard case .object(let fields) = value else { return [] }
            return argument.elements.compactMap(\.string).flatMap { expect(fields[$0] != nil, "lacks \($0)") }
        case "additionalProperties":
            return value.fields.keys.filter { schema["properties"]?[$0] == nil }.map { "\(path) has \($0), which is not described" }
        case "items": return value.elements.enumerated().flatMap { findings($1, argument, at: path + "[\($0)]") }
        default: return checkLimit(value, keyword, argument, path)
        }
    }

    private func checkLimit(_ value: JSON, _ keyword: String, _ argument: JSON, _ path: String) -> [String] {
        func expect(_ isRight: Bool?) -> [String] { isRight == false ? ["\(path) breaks \(keyword) \(argument): \(value)"] : [] }
        let limit = argument.whole ?? 0
        switch keyword {
        case "minimum": return expect(value.whole.map { $0 >= limit })
        case "maximum": return expect(value.whole.map { $0 <= limit })
        case "minLength": return expect(value.string.map { $0.unicodeScalars.count >= limit })
        case "maxLength": return expect(value.string.map { $0.unicodeScalars.count <= limit })
        case "minItems": return expect(value.elements.count >= limit)
        case "maxItems": return expect(value.elements.count <= limit)
        case "pattern": return expect(value.string.map { $0.range(of: argument.string ?? "", options: .regularExpression) != nil })
        case "format": return expect(value.string.map { (try? Date($0, strategy: .iso8601)) != nil })
        default: return ["\(path): the keyword \(keyword) is not known to this check"]
        }
    }

    private func isOfType(_ value: JSON, _ type: String) -> Bool {
        switch value {
        case .null: type == "null"
        case .bool: type == "boolean"
        case .integer: type == "integer" || type == "number"
        case .number: type == "number"
        case .string: type == "string"
        case .array: type == "array"
        case .object: type == "object"
        }
    }
}

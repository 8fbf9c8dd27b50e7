internal import Foundation
internal import KeyEvents
package import LedgerAPI

/// Checks values against the subset of JSON Schema that the descriptions use. A keyword it does not know is a finding: nothing
/// that is described goes unchecked.
package struct SchemaCheck: Sendable {
    let document: JSONValue

    /// What is wrong with `value`; nothing, when it conforms.
    package func findings(_ value: JSONValue, _ schema: JSONValue, at path: String = "$") -> [String] {
        schema.fields.flatMap { keyword in check(value, keyword.name, keyword.value, schema, path) }
    }

    package func resolve(_ value: JSONValue) -> JSONValue {
        guard let reference = value["$ref"]?.string else { return value }
        let found = reference.split(separator: "/").dropFirst().reduce(Optional(document)) { $0?[String($1)] }
        guard let found else { preconditionFailure("\(reference) leads nowhere") }
        return resolve(found)
    }

    private func check(_ value: JSONValue, _ keyword: String, _ argument: JSONValue, _ schema: JSONValue, _ path: String) -> [String] {
        func expect(_ isRight: Bool, _ words: String) -> [String] { isRight ? [] : ["\(path) \(words): \(value)"] }
        switch keyword {
        case "description", "example", "examples", "default": return []
        case "$ref": return findings(value, resolve(.object([.init(name: "$ref", value: argument)])), at: path)
        case "type":
            let types = argument.string.map { [$0] } ?? argument.elements.compactMap(\.string)
            return expect(types.contains { isOfType(value, $0) }, "is none of \(types)")
        case "const": return expect(value == argument, "is not \(argument)")
        case "enum": return expect(argument.elements.contains(value), "is not in the list")
        case "oneOf":
            let matching = argument.elements.count { findings(value, $0, at: path).isEmpty }
            return expect(matching == 1, "fits \(matching) of the alternatives")
        case "properties":
            return value.fields.flatMap { field in
                argument[field.name].map { findings(field.value, $0, at: path + "." + field.name) } ?? []
            }
        case "required":
            return argument.elements.compactMap(\.string).flatMap { name in
                guard case .object = value else { return [String]() }
                return expect(value[name] != nil, "lacks \(name)")
            }
        case "dependentRequired":
            return argument.fields.filter { value[$0.name] != nil }.flatMap { check(value, "required", $0.value, schema, path) }
        case "additionalProperties":
            let others = value.fields.filter { schema["properties"]?[$0.name] == nil }
            if argument == .bool(false) { return others.map { "\(path) has \($0.name), which is not described" } }
            return others.flatMap { findings($0.value, argument, at: path + "." + $0.name) }
        case "propertyNames": return value.fields.flatMap { findings(.string($0.name), argument, at: path + " name") }
        case "items": return value.elements.enumerated().flatMap { findings($1, argument, at: path + "[\($0)]") }
        case _ where keyword.hasPrefix("x-"): return []
        default: return checkLimit(value, keyword, argument, path)
        }
    }

    private func checkLimit(_ value: JSONValue, _ keyword: String, _ argument: JSONValue, _ path: String) -> [String] {
        func expect(_ isRight: Bool?) -> [String] { isRight == false ? ["\(path) breaks \(keyword) \(argument): \(value)"] : [] }
        let limit = argument.whole ?? 0
        switch keyword {
        case "minimum": return expect(value.whole.map { $0 >= limit })
        case "maximum": return expect(value.whole.map { $0 <= limit })
        case "minLength": return expect(value.string.map { $0.unicodeScalars.count >= limit })
        case "maxLength": return expect(value.string.map { $0.unicodeScalars.count <= limit })
        case "minItems": return expect(value.elements.count >= limit)
        case "maxItems": return expect(value.elements.count <= limit)
        case "minProperties": return expect(value.fields.count >= limit)
        case "maxProperties": return expect(value.fields.count <= limit)
        case "pattern":
            return expect(value.string.map { $0.range(of: argument.string ?? "", options: .regularExpression) != nil })
        case "format":
            guard argument.string == "date-time" else { return [] }
            return expect(value.string.map { Timestamp(rfc3339: $0) != nil })
        default: return ["\(path): the keyword \(keyword) is not known to this check"]
        }
    }

    private func isOfType(_ value: JSONValue, _ type: String) -> Bool {
        switch value {
        case .null: type == "null"
        case .bool: type == "boolean"
        case .number(let whole): type == "number" || (type == "integer" && whole != nil)
        case .string: type == "string"
        case .array: type == "array"
        case .object: type == "object"
        }
    }
}

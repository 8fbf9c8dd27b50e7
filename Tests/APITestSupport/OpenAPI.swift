internal import Foundation
package import HTTPTypes
package import LedgerAPI
internal import TestSupport
internal import Yams

/// The published description of a service, and whether the service keeps to it.
package struct OpenAPI: Sendable {
    /// One method of one address.
    package struct Operation: Sendable {
        package let method: String
        package let path: String
        package let value: JSONValue
        /// The parameters of the operation and of its address, resolved.
        package let parameters: [JSONValue]

        package var id: String { value["operationId"]?.string ?? "" }
        package var statuses: Set<Int> { Set((value["responses"]?.fields ?? []).compactMap { Int($0.name) }) }
    }

    package let document: JSONValue
    package let schemas: SchemaCheck
    package let operations: [Operation]

    /// Reads a description of the repository, such as `Schemas/openapi.yaml`.
    package init(_ path: String) {
        let file = Repository.file(path)
        guard let text = try? String(contentsOf: file, encoding: .utf8), let node = try? Yams.compose(yaml: text) else {
            preconditionFailure("\(file.path) cannot be read")
        }
        let document = JSONValue(node)
        let schemas = SchemaCheck(document: document)
        self.document = document
        self.schemas = schemas
        operations = (document["paths"]?.fields ?? []).flatMap { path in
            path.value.fields.filter { $0.name != "parameters" }.map { method in
                let parameters = (path.value["parameters"]?.elements ?? []) + (method.value["parameters"]?.elements ?? [])
                return Operation(
                    method: method.name.uppercased(), path: path.name, value: method.value, parameters: parameters.map(schemas.resolve))
            }
        }
    }

    /// The operation that an address stands for; of several, the one that names it without a parameter.
    package func operation(_ method: HTTPRequest.Method, _ uri: String) -> Operation? {
        let asked = uri.prefix { $0 != "?" }.split(separator: "/", omittingEmptySubsequences: false)
        // A path with an empty segment is none of those that are described.
        guard asked == ["", ""] || !asked.dropFirst().contains("") else { return nil }
        let matching = operations.filter { operation in
            let segments = operation.path.split(separator: "/", omittingEmptySubsequences: false)
            // `{rest}` stands for everything that follows.
            let isWhole = segments.last == "{rest}" ? asked.count >= segments.count : asked.count == segments.count
            return operation.method == method.rawValue && isWhole && zip(segments, asked).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
        }
        return matching.first { !$0.path.contains("{") } ?? matching.first
    }

    /// What in a call is not as described: in the answer, and in a request that was carried out.
    package func findings(_ answer: Answer, _ method: HTTPRequest.Method, _ uri: String, sent json: String?) -> [String] {
        guard let operation = operation(method, uri) else { return [] }
        let findings = findings(answer, operation)
        guard answer.status < 300 else { return findings }
        let body = json.flatMap { $0.isEmpty ? nil : try? JSONValue(parsing: $0) }
        return findings + self.findings(body: body, uri: uri, operation)
    }

    /// What in an answer is not as described: its status, headers, media type, fields.
    private func findings(_ answer: Answer, _ operation: Operation) -> [String] {
        let call = "\(operation.id) \(answer.status)"
        guard let found = operation.value["responses"]?[String(answer.status)] else { return ["\(call) is not described"] }
        let response = schemas.resolve(found)
        var findings = headerFindings(answer, response)
        let media = answer.headers[.contentType] ?? ""
        if response["content"] == nil, media.isEmpty, answer.text.isEmpty { return findings.map { "\(call): \($0)" } }
        if let schema = response["content"]?[media]?["schema"] {
            findings += schemas.findings(media.contains("json") ? answer.json : .string(answer.text), schema)
        } else {
            findings.append("the media type “\(media)” is not described")
        }
        return findings.map { "\(call): \($0)" }
    }

    private func headerFindings(_ answer: Answer, _ response: JSONValue) -> [String] {
        let described = response["headers"]?.fields ?? []
        var findings: [String] = []
        for field in described {
            let header = schemas.resolve(field.value)
            if let name = HTTPField.Name(field.name), let value = answer.headers[name] {
                findings += schemas.findings(.string(value), header["schema"] ?? .null, at: field.name)
            } else if header["required"] == .bool(true) {
                findings.append("the header \(field.name) is missing")
            }
        }
        // Those that HTTP itself is about are described by HTTP, and what every answer has, once for all of them.
        let always: Set = ["content-type", "content-length", "date", "x-content-type-options"]
        let known = Set(described.map { $0.name.lowercased() }).union(always)
        for field in answer.headers where !known.contains(field.name.canonicalName) {
            findings.append("the header \(field.name) is not described")
        }
        return findings
    }

    /// What in a request that was carried out is not as described.
    private func findings(body: JSONValue?, uri: String, _ operation: Operation) -> [String] {
        let parameters = operation.parameters.filter { $0["in"]?.string == "query" }
        var findings: [String] = []
        for pair in URLComponents(string: uri)?.queryItems ?? [] {
            guard let parameter = parameters.first(where: { $0["name"]?.string == pair.name }) else {
                findings.append("the parameter \(pair.name) is not described")
                continue
            }
            // One that may stand more than once is a list.
            let schema = schemas.resolve(parameter["schema"] ?? .null)
            let one = schema["items"].map(schemas.resolve) ?? schema
            findings += schemas.findings(Self.value(pair.value ?? "", of: one), one, at: pair.name)
        }
        if let body {
            let schema = operation.value["requestBody"]?["content"]?["application/json"]?["schema"]
            findings += schema.map { schemas.findings(body, $0) } ?? ["a body is not described"]
        }
        return findings.map { "\(operation.id), request: \($0)" }
    }

    /// What text in an address stands for, by the type that is described.
    private static func value(_ text: String, of schema: JSONValue) -> JSONValue {
        switch schema["type"]?.string {
        case "boolean" where ["true", "false"].contains(text): .bool(text == "true")
        case "integer": UInt64(text).map { JSONValue.number($0) } ?? .string(text)
        default: .string(text)
        }
    }
}

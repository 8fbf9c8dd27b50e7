import Foundation
import HTTPTypes
import TestSupport
import Yams

@testable import ListingsAPI

/// The published description, and whether the service keeps to it.
struct OpenAPI {
    /// One method of one address.
    struct Operation {
        let method: String
        let path: String
        let value: JSON
        /// The parameters of the operation and of its address, resolved.
        let parameters: [JSON]

        var id: String { value["operationId"]?.string ?? "" }
        var statuses: Set<Int> { Set((value["responses"]?.fields.keys).map { $0.compactMap { Int($0) } } ?? []) }
    }

    static let shared = OpenAPI()

    let document: JSON
    let schemas: SchemaCheck
    let operations: [Operation]

    private init() {
        let file = Repository.file("Schemas/listings-openapi.yaml")
        guard let text = try? String(contentsOf: file, encoding: .utf8), let node = try? Yams.compose(yaml: text) else {
            preconditionFailure("\(file.path) cannot be read")
        }
        let document = JSON(node)
        let schemas = SchemaCheck(document: document)
        self.document = document
        self.schemas = schemas
        operations = (document["paths"]?.fields ?? [:]).flatMap { path, value in
            value.fields.filter { $0.key != "parameters" }.map { method, operation in
                let parameters = (value["parameters"]?.elements ?? []) + (operation["parameters"]?.elements ?? [])
                return Operation(method: method.uppercased(), path: path, value: operation, parameters: parameters.map(schemas.resolve))
            }
        }.sorted { ($0.path, $0.method) < ($1.path, $1.method) }
    }

    func operation(_ method: HTTPRequest.Method, _ uri: String) -> Operation? {
        let asked = uri.prefix { $0 != "?" }.split(separator: "/")
        let matching = operations.filter { operation in
            let segments = operation.path.split(separator: "/")
            return operation.method == method.rawValue && segments.count == asked.count
                && zip(segments, asked).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
        }
        return matching.first { !$0.path.contains("{") } ?? matching.first
    }

    /// What in an answer is not as described: its status, headers, media type, fields.
    func findings(_ answer: Answer, _ operation: Operation) -> [String] {
        let call = "\(operation.id) \(answer.status)"
        guard let found = operation.value["responses"]?[String(answer.status)] else { return ["\(call) is not described"] }
        let response = schemas.resolve(found)
        var findings = headerFindings(answer, response)
        if let content = response["content"] {
            if let schema = content[answer.headers[.contentType] ?? ""]?["schema"] {
                findings += schemas.findings(answer.json ?? .null, schema)
            } else {
                findings.append("the media type “\(answer.headers[.contentType] ?? "")” is not described")
            }
        } else if !answer.text.isEmpty {
            findings.append("a body is not described")
        }
        return findings.map { "\(call): \($0)" }
    }

    private func headerFindings(_ answer: Answer, _ response: JSON) -> [String] {
        let described = response["headers"]?.fields ?? [:]
        var findings: [String] = []
        for (name, value) in described {
            let header = schemas.resolve(value)
            if let field = HTTPField.Name(name), let text = answer.headers[field] {
                findings += schemas.findings(.string(text), header["schema"] ?? .null, at: name)
            } else if header["required"] == .bool(true) {
                findings.append("the header \(name) is missing")
            }
        }
        // Those that HTTP itself is about are described by HTTP.
        let known = Set(described.keys.map { $0.lowercased() }).union(["content-type", "content-length", "date"])
        for field in answer.headers where !known.contains(field.name.canonicalName) {
            findings.append("the header \(field.name) is not described")
        }
        return findings
    }

    /// What in a request that was carried out is not as described.
    func findings(body: JSON, _ operation: Operation) -> [String] {
        let content = operation.value["requestBody"]?["content"]
        guard let schema = content?["application/json"]?["schema"] else { return ["\(operation.id): a body is not described"] }
        return schemas.findings(body, schema).map { "\(operation.id), request: \($0)" }
    }
}

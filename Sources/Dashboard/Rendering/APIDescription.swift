internal import Foundation

/// The built-in readable form of `Schemas/openapi.yaml`, which `tools/generate-api-docs` makes.
struct APIDescription: Sendable {
    let fields: TemplateContext

    init() throws {
        fields = Self.fields(try JSONSerialization.jsonObject(with: Data(PackageResources.api_docs_json)))
    }

    private static func fields(_ value: Any) -> TemplateContext {
        var fields = TemplateContext()
        for (name, value) in value as? [String: Any] ?? [:] { fields[name] = plain(value) }
        return fields
    }

    /// Converts texts, lists and objects; the description contains nothing else.
    private static func plain(_ value: Any) -> any Sendable {
        switch value {
        case let list as [Any]: list.map(fields)
        case let object as [String: Any]: fields(object)
        default: value as? String ?? ""
        }
    }
}

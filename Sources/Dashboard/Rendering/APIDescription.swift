internal import Foundation

/// The readable form of `Schemas/openapi.yaml`, built in; `tools/generate-api-docs` makes it.
struct APIDescription: Sendable {
    let fields: Fields

    init() throws {
        fields = Self.fields(try JSONSerialization.jsonObject(with: Data(PackageResources.api_docs_json)))
    }

    private static func fields(_ value: Any) -> Fields {
        var fields = Fields()
        for (name, value) in value as? [String: Any] ?? [:] { fields[name] = plain(value) }
        return fields
    }

    /// Texts, lists and objects; there is nothing else in it.
    private static func plain(_ value: Any) -> any Sendable {
        switch value {
        case let list as [Any]: list.map(fields)
        case let object as [String: Any]: fields(object)
        default: value as? String ?? ""
        }
    }
}

internal import Foundation
internal import Synchronization

/// The built-in readable form of `Schemas/openapi.yaml`, which `tools/generate-api-docs` makes. It is the same for everybody and for as
/// long as the program runs, and is rendered once: that takes longer than all else of its page.
final class APIDescription: Sendable {
    private let templates: Templates
    private let rendered = Mutex<String?>(nil)

    init(_ templates: Templates) { self.templates = templates }

    /// Returns the description as HTML.
    func html() throws -> String {
        try rendered.withLock { rendered in
            if let rendered { return rendered }
            let description = try JSONSerialization.jsonObject(with: Data(EmbeddedFiles.api_docs_json.utf8))
            let html = templates.render("api-description", Self.fields(description))
            rendered = html
            return html
        }
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

internal import HTTPTypes
internal import Hummingbird
internal import Mustache

/// The templates of the pages, built into the program.
struct Templates: Sendable {
    private let library: MustacheLibrary

    init() throws {
        MustacheContentTypes.register(MarkupText(), named: MarkupText.name)
        var library = MustacheLibrary()
        for (name, bytes) in Self.sources {
            // Each template names its content type: a template that is included in another does not inherit the type.
            try library.register("{{% CONTENT_TYPE: \(MarkupText.name)}}" + String(decoding: bytes, as: UTF8.self), named: name)
        }
        self.library = library
    }

    func render(_ name: String, _ fields: TemplateContext) -> String {
        guard let text = library.render(fields, withTemplate: name) else { preconditionFailure("there is no template \(name)") }
        return text
    }

    /// The templates' files.
    static let sources: [(name: String, text: [UInt8])] = [
        ("api-docs", PackageResources.api_docs_mustache), ("back", PackageResources.back_mustache),
        ("create", PackageResources.create_mustache), ("created", PackageResources.created_mustache),
        ("fields", PackageResources.fields_mustache), ("first-sign-in", PackageResources.first_sign_in_mustache),
        ("footer", PackageResources.footer_mustache), ("found", PackageResources.found_mustache),
        ("head", PackageResources.head_mustache), ("header", PackageResources.header_mustache),
        ("help", PackageResources.help_mustache), ("key", PackageResources.key_mustache), ("keys", PackageResources.keys_mustache),
        ("notice", PackageResources.notice_mustache), ("problem", PackageResources.problem_mustache),
        ("reason", PackageResources.reason_mustache), ("revoke", PackageResources.revoke_mustache),
        ("rotate", PackageResources.rotate_mustache),
        ("rotated", PackageResources.rotated_mustache),
        ("rich", PackageResources.rich_mustache),
        ("sign-in", PackageResources.sign_in_mustache), ("troubleshooting", PackageResources.troubleshooting_mustache),
    ]
}

internal import HTTPTypes
internal import Hummingbird
internal import Mustache

/// The templates of the pages, built into the program.
struct Templates: Sendable {
    private let library: MustacheLibrary

    init() throws {
        MustacheContentTypes.register(MarkupText(), named: MarkupText.name)
        var library = MustacheLibrary()
        for (name, text) in Self.sources {
            // Each template names its content type: a template that is included in another does not inherit the type.
            try library.register("{{% CONTENT_TYPE: \(MarkupText.name)}}" + text, named: name)
        }
        self.library = library
    }

    func render(_ name: String, _ fields: TemplateContext) -> String {
        guard let text = library.render(fields, withTemplate: name) else { preconditionFailure("there is no template \(name)") }
        return text
    }

    /// The templates' files.
    static let sources: [(name: String, text: String)] = [
        ("api-description", EmbeddedFiles.api_description_mustache), ("api-docs", EmbeddedFiles.api_docs_mustache),
        ("back", EmbeddedFiles.back_mustache),
        ("create", EmbeddedFiles.create_mustache), ("created", EmbeddedFiles.created_mustache),
        ("environment", EmbeddedFiles.environment_mustache), ("export", EmbeddedFiles.export_mustache),
        ("edit", EmbeddedFiles.edit_mustache), ("edit-review", EmbeddedFiles.edit_review_mustache),
        ("expiry", EmbeddedFiles.expiry_mustache), ("key-limits", EmbeddedFiles.key_limits_mustache),
        ("scopes", EmbeddedFiles.scopes_mustache),
        ("fields", EmbeddedFiles.fields_mustache), ("first-sign-in", EmbeddedFiles.first_sign_in_mustache),
        ("footer", EmbeddedFiles.footer_mustache), ("found", EmbeddedFiles.found_mustache),
        ("head", EmbeddedFiles.head_mustache), ("header", EmbeddedFiles.header_mustache),
        ("help", EmbeddedFiles.help_mustache), ("key", EmbeddedFiles.key_mustache), ("keys", EmbeddedFiles.keys_mustache),
        ("notice", EmbeddedFiles.notice_mustache), ("own-key", EmbeddedFiles.own_key_mustache), ("problem", EmbeddedFiles.problem_mustache),
        ("revoke", EmbeddedFiles.revoke_mustache), ("read-only", EmbeddedFiles.read_only_mustache),
        ("keys-live", EmbeddedFiles.keys_live_mustache), ("key-row", EmbeddedFiles.key_row_mustache),
        ("statuses", EmbeddedFiles.statuses_mustache), ("new-keys", EmbeddedFiles.new_keys_mustache),
        ("revoke-all", EmbeddedFiles.revoke_all_mustache),
        ("revoke-keys", EmbeddedFiles.revoke_keys_mustache), ("revoked-keys", EmbeddedFiles.revoked_keys_mustache),
        ("rotate", EmbeddedFiles.rotate_mustache),
        ("rotated", EmbeddedFiles.rotated_mustache),
        ("rich", EmbeddedFiles.rich_mustache), ("test-key", EmbeddedFiles.test_key_mustache), ("try-it", EmbeddedFiles.try_it_mustache),
        ("activity", EmbeddedFiles.activity_mustache),
        ("requests", EmbeddedFiles.requests_mustache), ("request-rows", EmbeddedFiles.request_rows_mustache),
        ("sign-in", EmbeddedFiles.sign_in_mustache), ("troubleshooting", EmbeddedFiles.troubleshooting_mustache),
    ]
}

internal import Bytes

/// What is wrong with one field or parameter of a request.
package struct FieldError: Encodable, Equatable, Sendable {
    /// The field, parameter or header that is at fault; `nil` for the whole body, or for a name that is not repeated.
    package let field: String?
    /// One plain sentence that says what to do.
    package let detail: String

    package init(field: String?, detail: String) {
        self.field = field
        self.detail = detail
    }

    private enum CodingKeys: String, CodingKey { case field, detail }

    package func encode(to encoder: any Encoder) throws {
        var fields = NullableKeyedEncoder(encoder, CodingKeys.self)
        try fields.set(.field, field)
        try fields.set(.detail, detail)
    }
}

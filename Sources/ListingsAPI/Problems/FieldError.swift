/// What is wrong with one field of a request.
struct FieldError: Codable, Equatable, Sendable {
    /// The name of the field or parameter; `nil` for the whole body or row, or for a name that is not repeated.
    @OrNull var field: String?
    /// One plain sentence that says what to do.
    let detail: String
}

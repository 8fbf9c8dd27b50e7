internal import HTTPTypes
internal import Hummingbird

/// The reason why a call was not carried out as requested: Hummingbird answers it with an RFC 9457 problem document.
struct Problem: HTTPResponseError {
    let code: ProblemCode
    /// One plain sentence that says what to do.
    let detail: String
    /// The field, parameter or header that is at fault; the first one, when there are several.
    var field: String?
    /// Everything that is wrong with the fields of the request; empty for problems of other kinds.
    var errors: [FieldError] = []
    var headers: HTTPFields

    var status: HTTPResponse.Status { code.summary.status }

    init(_ code: ProblemCode, _ detail: String, field: String? = nil, headers: HTTPFields = [:]) {
        (self.code, self.detail, self.field, self.headers) = (code, detail, field, headers)
    }

    private struct Document: Encodable {
        let type: String, title: String, status: Int, code: String, detail: String
        @OrNull var field: String?
        @OrNull var errors: [FieldError]?
    }

    func response(from request: Request, context: some RequestContext) throws -> Response {
        let document = Document(
            type: code.type, title: code.summary.title, status: status.code, code: code.rawValue, detail: detail, field: field,
            errors: errors.isEmpty ? nil : errors)
        var response = try context.responseEncoder.encode(document, from: request, context: context)
        response.status = status
        response.headers[.contentType] = "application/problem+json"
        response.headers.append(contentsOf: headers)
        return response
    }
}

extension Problem {
    /// Creates the problem of an invalid field; `field` is `nil` for the whole body, or for a name that is not repeated.
    static func invalid(_ field: String?, _ detail: String) -> Problem { invalid([FieldError(field: field, detail: detail)]) }

    /// Creates the problem of one or more invalid fields. Its `detail` says all that is wrong with them, for people who read
    /// nothing else.
    static func invalid(_ errors: [FieldError]) -> Problem {
        var problem = Problem(.invalidField, errors.map(\.detail).joined(separator: " "), field: errors.first?.field)
        problem.errors = errors
        return problem
    }

    static let invalidJSON = Problem(.invalidJSON, "The body is not valid JSON in UTF-8.")
    static let unknownRoute = Problem(.unknownRoute, "There is nothing at this address.")
    static let unknownListing = Problem(.unknownListing, "There is no such listing.")
    static let externalIDTaken = Problem(
        .externalIDTaken, "Another listing of this account has this externalId; change that one, or choose another.", field: "externalId")
    static let preconditionFailed = Problem(
        .preconditionFailed, "The listing is not in the state that If-Match names; read it again.", field: "If-Match")
    static let preconditionRequired = Problem(
        .preconditionRequired,
        "Send the listing's ETag in the header If-Match, so that nobody else's change is overwritten; or * to do it anyway.",
        field: "If-Match")
    static let unsupportedMediaType = Problem(
        .unsupportedMediaType, "Send the body as UTF-8 JSON, with the header “Content-Type: application/json”.", field: "Content-Type")
}

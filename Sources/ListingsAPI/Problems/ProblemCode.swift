internal import HTTPTypes

/// The kinds of problems that a call can have apart from the guard's refusals, as programs distinguish them.
enum ProblemCode: String, CaseIterable {
    case invalidJSON = "INVALID_JSON"
    case invalidField = "INVALID_FIELD"
    case contentTooLarge = "CONTENT_TOO_LARGE"
    case unsupportedMediaType = "UNSUPPORTED_MEDIA_TYPE"
    case unknownRoute = "UNKNOWN_ROUTE"
    case methodNotAllowed = "METHOD_NOT_ALLOWED"
    case unknownListing = "UNKNOWN_LISTING"
    case externalIDTaken = "EXTERNAL_ID_TAKEN"
    case preconditionFailed = "PRECONDITION_FAILED"
    case preconditionRequired = "PRECONDITION_REQUIRED"
    case unavailable = "UNAVAILABLE"
    case internalError = "INTERNAL_ERROR"

    var summary: (status: HTTPResponse.Status, title: String) {
        switch self {
        case .invalidJSON: (.badRequest, "The body is not valid JSON")
        case .invalidField: (.badRequest, "A field or parameter is not acceptable")
        case .unknownListing: (.notFound, "Unknown listing")
        case .unknownRoute: (.notFound, "Unknown address")
        case .methodNotAllowed: (.methodNotAllowed, "Method not allowed")
        case .externalIDTaken: (.conflict, "The external id is taken")
        case .preconditionFailed: (.preconditionFailed, "The listing was changed meanwhile")
        case .contentTooLarge: (.contentTooLarge, "The body is too large")
        case .unsupportedMediaType: (.unsupportedMediaType, "The body has an unsupported media type")
        case .preconditionRequired: (.preconditionRequired, "The header If-Match is missing")
        case .unavailable: (.serviceUnavailable, "The listings are unavailable")
        case .internalError: (.internalServerError, "Internal error")
        }
    }

    /// A stable URN that identifies the kind of problem; it is not the address of a page.
    var type: String { "urn:listings:problem:" + rawValue.lowercased().replacing("_", with: "-") }
}

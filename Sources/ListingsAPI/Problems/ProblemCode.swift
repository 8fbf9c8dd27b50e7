internal import HTTPTypes

/// The kinds of problems that a call can have apart from the guard's refusals, as programs distinguish them.
enum ProblemCode: String, CaseIterable {
    case invalidJSON = "INVALID_JSON"
    case invalidField = "INVALID_FIELD"
    case unknownListing = "UNKNOWN_LISTING"
    case unknownRoute = "UNKNOWN_ROUTE"
    case methodNotAllowed = "METHOD_NOT_ALLOWED"
    case externalIDTaken = "EXTERNAL_ID_TAKEN"
    case preconditionFailed = "PRECONDITION_FAILED"
    case contentTooLarge = "CONTENT_TOO_LARGE"
    case unsupportedMediaType = "UNSUPPORTED_MEDIA_TYPE"
    case preconditionRequired = "PRECONDITION_REQUIRED"
    case unavailable = "UNAVAILABLE"
    case internalError = "INTERNAL_ERROR"

    var status: HTTPResponse.Status {
        switch self {
        case .invalidJSON, .invalidField: .badRequest
        case .unknownListing, .unknownRoute: .notFound
        case .methodNotAllowed: .methodNotAllowed
        case .externalIDTaken: .conflict
        case .preconditionFailed: .preconditionFailed
        case .contentTooLarge: .contentTooLarge
        case .unsupportedMediaType: .unsupportedMediaType
        case .preconditionRequired: .preconditionRequired
        case .unavailable: .serviceUnavailable
        case .internalError: .internalServerError
        }
    }

    var title: String {
        switch self {
        case .invalidJSON: "The body is not valid JSON"
        case .invalidField: "A field or parameter is not acceptable"
        case .unknownListing: "Unknown listing"
        case .unknownRoute: "Unknown address"
        case .methodNotAllowed: "Method not allowed"
        case .externalIDTaken: "The external id is taken"
        case .preconditionFailed: "The listing was changed meanwhile"
        case .contentTooLarge: "The body is too large"
        case .unsupportedMediaType: "The body has an unsupported media type"
        case .preconditionRequired: "The header If-Match is missing"
        case .unavailable: "The listings are unavailable"
        case .internalError: "Internal error"
        }
    }

    /// A stable URN that identifies the kind of problem; it is not the address of a page.
    var type: String { "urn:listings:problem:" + rawValue.lowercased().map { $0 == "_" ? "-" : String($0) }.joined() }
}

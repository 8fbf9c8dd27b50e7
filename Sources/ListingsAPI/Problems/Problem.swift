internal import HTTPTypes
internal import Hummingbird

/// The reason why a call was not carried out as requested: an RFC 9457 problem document.
struct Problem: Error {
    let code: ProblemCode
    /// One plain sentence that says what to do.
    let detail: String
    /// The field, parameter or header that is at fault.
    var field: String?
    var headers: HTTPFields = [:]

    init(_ code: ProblemCode, _ detail: String, field: String? = nil, headers: HTTPFields = [:]) {
        self.code = code
        self.detail = detail
        self.field = field
        self.headers = headers
    }

    /// Creates the problem of an invalid field; `field` is `nil` for the whole body, or for a name that is not repeated.
    static func invalid(_ field: String?, _ detail: String) -> Problem { Problem(.invalidField, detail, field: field) }

    static func invalidJSON(_ why: String) -> Problem { Problem(.invalidJSON, "The body is not valid JSON: " + why) }

    static func contentTooLarge(_ limit: Int) -> Problem {
        Problem(.contentTooLarge, "The body is larger than \(limit) bytes, the most this address takes.")
    }

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

extension Problem: Encodable {
    enum CodingKeys: String, CodingKey {
        case type, title, status, code, detail, field
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(code.type, forKey: .type)
        try container.encode(code.title, forKey: .title)
        try container.encode(code.status.code, forKey: .status)
        try container.encode(code.rawValue, forKey: .code)
        try container.encode(detail, forKey: .detail)
        try container.encode(field, forKey: .field)
    }
}

extension Problem {
    var response: Response {
        get throws {
            var response = try Response.document(self, status: code.status, type: "application/problem+json")
            response.headers.append(contentsOf: headers)
            return response
        }
    }
}

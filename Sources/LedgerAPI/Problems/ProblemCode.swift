package import Validation

/// The kinds of problems that a call can have, as programs distinguish them. The codes of verdicts on the caller's own key are
/// among them.
package enum ProblemCode: String, CaseIterable {
    case missing = "MISSING"
    case badHeader = "BAD_HEADER"
    case malformed = "MALFORMED"
    case notFound = "NOT_FOUND"
    case revoked = "REVOKED"
    case expired = "EXPIRED"
    case disabled = "DISABLED"
    case ipNotAllowed = "IP_NOT_ALLOWED"
    case insufficientScope = "INSUFFICIENT_SCOPE"
    case missingPermission = "MISSING_PERMISSION"
    case cannotGrant = "CANNOT_GRANT"
    case invalidJSON = "INVALID_JSON"
    case invalidField = "INVALID_FIELD"
    case secretInField = "SECRET_IN_FIELD"
    case unknownKey = "UNKNOWN_KEY"
    case unknownAccount = "UNKNOWN_ACCOUNT"
    case unknownRoute = "UNKNOWN_ROUTE"
    case methodNotAllowed = "METHOD_NOT_ALLOWED"
    case keyEnded = "KEY_ENDED"
    case secretRetired = "SECRET_RETIRED"
    case tooManyKeys = "TOO_MANY_KEYS"
    case rateLimited = "RATE_LIMITED"
    case contentTooLarge = "CONTENT_TOO_LARGE"
    case unsupportedMediaType = "UNSUPPORTED_MEDIA_TYPE"
    case idempotencyKeyReused = "IDEMPOTENCY_KEY_REUSED"
    case tooManyQuestions = "TOO_MANY_QUESTIONS"
    case busy = "BUSY"
    case tooManyStreams = "TOO_MANY_STREAMS"
    case behind = "BEHIND"
    case storageFull = "STORAGE_FULL"
    case clockInDoubt = "CLOCK_IN_DOUBT"
    case unavailable = "UNAVAILABLE"
    case gatewayMisconfigured = "GATEWAY_MISCONFIGURED"
    case internalError = "INTERNAL_ERROR"

    /// The HTTP status of a response with the problem.
    package var status: Int {
        switch self {
        case .missing, .badHeader, .malformed, .notFound, .revoked, .expired, .disabled, .ipNotAllowed, .insufficientScope:
            VerdictCode(self).description.status
        case .invalidJSON, .invalidField, .secretInField: 400
        // A gateway's mistake is not reported as a 401, because customers would look for a fault in their keys.
        case .missingPermission, .cannotGrant, .gatewayMisconfigured: 403
        case .unknownKey, .unknownAccount, .unknownRoute: 404
        case .methodNotAllowed: 405
        case .keyEnded, .secretRetired, .tooManyKeys: 409
        case .rateLimited, .tooManyQuestions: 429
        case .contentTooLarge: 413
        case .unsupportedMediaType: 415
        case .idempotencyKeyReused: 422
        case .busy, .tooManyStreams, .behind, .storageFull, .clockInDoubt, .unavailable: 503
        case .internalError: 500
        }
    }

    package var title: String {
        switch self {
        case .missing, .badHeader, .malformed, .notFound, .revoked, .expired, .disabled, .ipNotAllowed, .insufficientScope:
            VerdictCode(self).description.title
        case .missingPermission: "The API key lacks a permission"
        case .cannotGrant: "More was to be granted than may be"
        case .invalidJSON: "The body is not valid JSON"
        case .invalidField: "A field or parameter is not acceptable"
        case .secretInField: "A key's secret stands where none belongs"
        case .unknownKey: "Unknown key"
        case .unknownAccount: "Unknown account"
        case .unknownRoute: "Unknown address"
        case .methodNotAllowed: "Method not allowed"
        case .keyEnded: "The key has ended"
        case .secretRetired: "The secret was replaced"
        case .tooManyKeys: "The account has as many keys as it may"
        case .rateLimited: "Too many calls"
        case .contentTooLarge: "The body is too large"
        case .unsupportedMediaType: "The body has an unsupported media type"
        case .idempotencyKeyReused: "The idempotency key was used before"
        case .tooManyQuestions: "Too many questions at once"
        case .busy: "The ledger is busy"
        case .tooManyStreams: "Too many streams are open"
        case .behind: "The ledger has not reached the position"
        case .storageFull: "The disk is full"
        case .clockInDoubt: "The clock is in doubt"
        case .unavailable: "The ledger is unavailable"
        case .gatewayMisconfigured: "The gateway is not set up correctly"
        case .internalError: "Internal error"
        }
    }

    /// A stable URN that identifies the kind of problem; it is not the address of a page.
    package var type: String { "urn:keyledger:problem:" + rawValue.lowercased().map { $0 == "_" ? "-" : String($0) }.joined() }

    /// Creates the code for a verdict that refuses a key, which has the same name. A valid key is not a problem.
    package init(_ code: VerdictCode) { self = ProblemCode(rawValue: code.rawValue) ?? .internalError }
}

extension VerdictCode {
    /// The verdict that a problem of the same name is about.
    fileprivate init(_ code: ProblemCode) { self = VerdictCode(rawValue: code.rawValue) ?? .missing }
}

extension ProblemCode {
    /// Whether the operator has to look into the problem. The header `X-Request-Id` leads to the line in the log.
    package var isOperators: Bool {
        self == .unavailable || self == .storageFull || self == .clockInDoubt || self == .internalError || self == .gatewayMisconfigured
    }
}

internal import Bytes
internal import HTTPTypes
public import Hummingbird
internal import NIOCore

/// The refusal of a call, as its client receives it: an RFC 9457 problem document, with the challenge of RFC 6750 where a
/// better key would help.
public struct KeyRefusal: Error {
    /// The reason for the refusal; `UNAVAILABLE` when there is no verdict.
    public let code: KeyVerdict.Code
    /// The HTTP status of the response.
    public let status: HTTPResponse.Status
    /// One plain sentence that says what to do. It holds no secret.
    public let detail: String
    private let title: String
    private let challenge: String?
    /// The time after which the client should try again.
    private let retryAfter: Duration?

    private init(
        _ code: KeyVerdict.Code, _ status: HTTPResponse.Status, _ title: String, _ detail: String, challenge: String? = nil,
        retryAfter: Duration? = nil
    ) {
        self.code = code
        self.status = status
        self.title = title
        self.detail = detail
        self.challenge = challenge
        self.retryAfter = retryAfter
    }
}

extension KeyRefusal {
    private static let invalidToken = challenge(error: "invalid_token")

    private static func challenge(error: String?, scopes: [String] = []) -> String {
        BearerChallenge.text(realm: "api", error: error, scopes: scopes)
    }

    /// Creates the refusal for a verdict on the key that was presented. `scopes` are the scopes that the call needs.
    init(_ verdict: KeyVerdict, scopes: [String]) {
        func refusal(
            _ status: HTTPResponse.Status, _ title: String, challenge: String? = nil, retryAfter: Duration? = nil
        ) -> KeyRefusal {
            KeyRefusal(verdict.code, status, title, verdict.message, challenge: challenge, retryAfter: retryAfter)
        }
        self =
            switch verdict.code {
            case .malformed: refusal(.unauthorized, "The API key is incomplete or mistyped", challenge: Self.invalidToken)
            case .notFound: refusal(.unauthorized, "The API key is unknown", challenge: Self.invalidToken)
            case .revoked: refusal(.unauthorized, "The API key was revoked", challenge: Self.invalidToken)
            case .expired: refusal(.unauthorized, "The API key has expired", challenge: Self.invalidToken)
            case .disabled: refusal(.unauthorized, "The API key is disabled", challenge: Self.invalidToken)
            case .missing: .missing
            case .badHeader: .badHeader(.several)
            case .ipNotAllowed: refusal(.forbidden, "The API key may not be used from this address")
            case .insufficientScope:
                refusal(
                    .forbidden, "The API key lacks a scope", challenge: Self.challenge(error: "insufficient_scope", scopes: scopes))
            case .rateLimited: refusal(.tooManyRequests, "Too many calls with this API key", retryAfter: verdict.retryAfter ?? .seconds(1))
            case .quotaExceeded where verdict.retryAfter != nil:
                refusal(.tooManyRequests, "The quota of the API key is used up for now", retryAfter: verdict.retryAfter)
            case .quotaExceeded: refusal(.forbidden, "The quota of the API key is used up")
            // Codes that a later version of the ledger adds are refusals too.
            default: refusal(.forbidden, "The API key was refused")
            }
    }

    static let missing = KeyRefusal(
        .missing, .unauthorized, "No API key was sent",
        "No API key was sent; send it as “Authorization: Bearer <key>” or “X-API-Key: <key>”.", challenge: challenge(error: nil))

    /// What is wrong with the way in which a key was sent.
    enum Presentation: String {
        case several = "More than one API key was sent, or one with a space in it."
        case scheme = "The Authorization header has another scheme than Bearer."
        case empty = "The header that should hold the API key is empty."
        case inAddress = "An API key must not stand in the address, which is logged in many places; consider it leaked."
    }

    static func badHeader(_ wrong: Presentation) -> KeyRefusal {
        KeyRefusal(
            .badHeader, .badRequest, "The API key was not sent as it should be",
            wrong.rawValue + " Send exactly one API key, as “Authorization: Bearer <key>” or “X-API-Key: <key>”.",
            challenge: challenge(error: "invalid_request"))
    }

    /// The refusal of a call for which no verdict could be obtained.
    static func unavailable(retryAfter: Duration? = nil) -> KeyRefusal {
        KeyRefusal(
            KeyVerdict.Code(rawValue: "UNAVAILABLE"), .serviceUnavailable, "API keys cannot be checked now",
            "API keys cannot be checked now; nothing is wrong with yours. Try again later.", retryAfter: retryAfter ?? .seconds(1))
    }
}

extension KeyRefusal: HTTPResponseError {
    private struct Document: Encodable {
        let code: String
        let detail: String
        let status: Int
        let title: String
        let type: String
    }

    /// Makes the problem document. Hummingbird calls this when a handler throws a refusal.
    ///
    /// - Parameters:
    ///   - request: The request that is refused.
    ///   - context: The context of the request.
    /// - Returns: The response; it has no body when the method is HEAD.
    /// - Throws: An error when the document cannot be encoded as JSON.
    public func response(from request: Request, context: some RequestContext) throws -> Response {
        let slug = code.rawValue.lowercased().map { $0 == "_" ? "-" : String($0) }.joined()
        let document = Document(
            code: code.rawValue, detail: detail, status: status.code, title: title, type: "urn:keyledger:problem:" + slug)
        var headers: HTTPFields = [.contentType: "application/problem+json", .cacheControl: "no-store"]
        headers[.wwwAuthenticate] = challenge
        headers[.retryAfter] = retryAfter.map(Self.seconds)
        let body = ResponseBody(byteBuffer: ByteBuffer(bytes: try JSON.bytes(document)))
        let response = Response(status: status, headers: headers, body: body)
        return request.method == .head ? response.createHeadResponse() : response
    }

    /// Formats a time in whole seconds, rounded up, as the header Retry-After has it.
    private static func seconds(_ duration: Duration) -> String {
        let (seconds, rest) = duration.attoseconds.quotientAndRemainder(dividingBy: 1_000_000_000_000_000_000)
        return String(rest > 0 ? seconds + 1 : seconds)
    }
}

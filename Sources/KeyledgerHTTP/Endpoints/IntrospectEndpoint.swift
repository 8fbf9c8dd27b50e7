internal import HTTPTypes
internal import Hummingbird
internal import KeyEvents
internal import Ledger
internal import LedgerAPI
internal import LedgerQueries
internal import Validation

/// The endpoint `POST /v1/introspect`: OAuth 2.0 Token Introspection (RFC 7662), for gateways and guards that already support
/// it. A key is a bearer token; its use or its refusal is recorded as by `/v1/verify`.
enum IntrospectEndpoint {
    static let path = "/v1/introspect"

    static let introspect: Endpoint = {
        var endpoint = Endpoint.post(path, .key(.verify, answer)).aboutAnotherKey
        endpoint.scheme = .bearerOrBasic
        return endpoint
    }()

    @Sendable private static func answer(_ call: Call) async throws -> Response {
        // An OAuth client may send its own key as `client_secret` beside the header; it is ignored like every other field.
        let tokens = try await call.form(secrets: ["token", "client_secret"]).values("token")
        // A hint about the kind of token, and parameters of extensions, are ignored (section 2.1).
        guard tokens.count == 1, let token = tokens.first, !token.isEmpty else {
            throw Problem.invalid("token", tokens.count > 1 ? "was sent more than once." : "is missing.")
        }
        let accessCheck = AccessCheck(account: call.caller.visibleAccount)
        let verdict = try await call.ledger.verifier.verify(token, accessCheck, context: UseContext(), actor: call.caller.actor)
        let key = try verdict.isValid ? verdict.key.flatMap { try call.ledger.key($0.id) } : nil
        return try .document(IntrospectionDocument(key.map { call.ledger.keys.view($0) }, endsAt: verdict.key?.endsAt))
    }
}

/// The response about a token (RFC 7662 section 2.2). A token that is not active is not described.
struct IntrospectionDocument: Encodable {
    private enum CodingKeys: String, CodingKey {
        case active, scope
        case clientID = "client_id"
        case username
        case tokenType = "token_type"
        case exp, iat, sub, environment
    }

    /// The key behind the token; `nil` when the token is not active.
    private let key: DecryptedKey?
    private let endsAt: Timestamp?

    /// Creates the response. `endsAt` is the time at which the key ends, or the secret that was presented, whichever comes
    /// first.
    init(_ key: DecryptedKey?, endsAt: Timestamp?) {
        self.key = key
        self.endsAt = endsAt
    }

    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(key != nil, forKey: .active)
        guard let key else { return }
        try fields.encode(key.state.scopes.joined(separator: " "), forKey: .scope)
        try fields.encode(key.state.id.description, forKey: .clientID)
        try fields.encodeIfPresent(key.name, forKey: .username)
        try fields.encode("Bearer", forKey: .tokenType)
        if let endsAt, endsAt.microseconds != .max { try fields.encode(endsAt.second, forKey: .exp) }
        try fields.encode(key.state.createdAt.second, forKey: .iat)
        try fields.encode(key.state.accountID.description, forKey: .sub)
        // The member `environment` is an extension, as section 2.2 allows: a key of a test environment must not pass for
        // another.
        try fields.encode(key.state.environment, forKey: .environment)
    }
}

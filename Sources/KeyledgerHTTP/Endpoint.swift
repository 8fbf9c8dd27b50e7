internal import HTTPTypes
internal import Hummingbird
internal import KeyEvents
internal import Ledger
internal import LedgerAPI
internal import Projections
internal import Validation

/// One method of one route. Its `access` says who may call it, so no endpoint can be added without deciding that.
struct Endpoint: Sendable {
    /// Who may call an endpoint, and how the call is handled.
    enum Access: Sendable {
        /// Everyone may call, without a key.
        case open(@Sendable (OpenCall) async throws -> Response)
        /// A key with this permission is required.
        case key(Permission, @Sendable (Call) async throws -> Response)
        /// A key with this permission is required; the call ends keys, so it is accepted even while the clock is in doubt.
        case ending(Permission, @Sendable (Call) async throws -> Response)
        /// A key with this permission is required; the call reads much of the ledger, so it runs in the lane for queries, in
        /// which accounts share the threads fairly. With `or`, one of the two permissions is enough.
        case question(Permission, or: Permission? = nil, @Sendable (Call) throws -> Response)
        /// Everyone may call, without a key; the call runs in the lane for queries.
        case openQuestion(@Sendable (OpenCall) throws -> Response)
    }

    let method: HTTPRequest.Method
    /// The path of the route, with parameters in braces, as in the OpenAPI description. `{rest}`, at the end, stands for
    /// everything that follows, including slashes.
    let path: String
    /// The query parameters that the route takes.
    let query: [String]
    /// The query parameters that may occur more than once.
    var repeatable: [String] = []
    let access: Access
    /// How the call may present its key.
    var scheme = Credentials.Scheme.bearer
    /// Whether the call is about another key than the one it presents: an error about its own key must then say so.
    private(set) var isAboutAnotherKey = false

    static func get(_ path: String, query: [String] = [], repeatable: [String] = [], _ access: Access) -> Endpoint {
        Endpoint(method: .get, path: path, query: query, repeatable: repeatable, access: access)
    }

    static func post(_ path: String, _ access: Access) -> Endpoint { Endpoint(method: .post, path: path, query: [], access: access) }

    static func patch(_ path: String, _ access: Access) -> Endpoint { Endpoint(method: .patch, path: path, query: [], access: access) }

    /// The same endpoint for calls that are about another key than the one they present.
    var aboutAnotherKey: Endpoint {
        var endpoint = self
        endpoint.isAboutAnotherKey = true
        return endpoint
    }

    /// Handles a request. `proxies` are the proxies whose statements about a client's address are believed.
    func respond(
        to request: Request, _ context: ServiceContext, _ ledger: Ledger, _ proxies: TrustedProxies
    ) async throws -> Response {
        switch access {
        case .open(let handle):
            return try await handle(try openCall(request, context, ledger))
        case .openQuestion(let handle):
            let call = try openCall(request, context, ledger)
            return try await ledger.lanes.questions.run(for: .stranger) { try handle(call) }
        case .key(let permission, let handle):
            let call = try call(request, context, ledger, proxies, permission)
            return try await counted(call) { try await handle(call) }
        case .ending(let permission, let handle):
            let call = try call(request, context, ledger, proxies, permission, endsOnly: true)
            return try await counted(call) { try await handle(call) }
        case .question(let permission, let other, let handle):
            let call = try call(request, context, ledger, proxies, permission, or: other)
            return try await counted(call) { try await call.ask { try handle(call) } }
        }
    }

    private func openCall(_ request: Request, _ context: ServiceContext, _ ledger: Ledger) throws(Problem) -> OpenCall {
        try Credentials.refuseKey(inAddressOf: request, of: ledger)
        return OpenCall(request: request, parameters: context.parameters, ledger: ledger, peer: context.remoteAddress)
    }

    private func call(
        _ request: Request, _ context: ServiceContext, _ ledger: Ledger, _ proxies: TrustedProxies, _ permission: Permission,
        or other: Permission? = nil, endsOnly: Bool = false
    ) throws -> Call {
        let address = proxies.client(of: request.head, from: context.remoteAddress)
        let secret: Substring
        do { secret = try Credentials.find(in: request, scheme, of: ledger) } catch { throw own(error, request) }
        let query = try Query(request)
        let authorization = try CallAuthorization(
            secret, for: permission, or: other, from: address, endsOnly: endsOnly, in: ledger)
        guard let caller = authorization.granted else {
            authorization.record(in: ledger)
            guard authorization.caller == nil else { throw ServiceError.missingPermission(authorization.permission) }
            throw own(Self.refusal(authorization.verdict, secret, ledger), request)
        }
        return Call(
            request: request, query: query, context: context, ledger: ledger, caller: caller,
            authorization: StreamAuthorization(secret, from: address, authorization.permission),
            progress: ledger.verifier.beginCall(authorization.verdict, from: address))
    }

    /// Runs the handler of a call and records how the call ended. When the key turns out not to permit the call, that counts as
    /// a refusal of the key.
    private func counted(_ call: Call, _ answer: () async throws -> Response) async throws -> Response {
        do {
            try call.query.check(allowed: query, repeatable: repeatable)
            let response = try await answer()
            call.ledger.verifier.endCall(call.progress)
            return response
        } catch {
            call.ledger.verifier.endCall(call.progress, denial: call.denial(error))
            throw error
        }
    }

    /// The path in the router's notation.
    var routerPath: RouterPath { RouterPath(path.hasSuffix(Self.catchAll) ? path.dropLast(Self.catchAll.count) + "**" : path) }

    static let catchAll = "{rest}"

    private static func refusal(_ verdict: Verdict, _ secret: Substring, _ ledger: Ledger) -> Problem {
        Problem(refusing: verdict, sentence: verdict.code == .malformed ? ledger.verifier.malformedMessage(secret) : nil)
    }

    /// Rewrites a problem with the key that the call itself presents, so that it cannot be mistaken for one with the key that
    /// the call is about.
    private func own(_ problem: Problem, _ request: Request) -> Problem {
        guard isAboutAnotherKey else { return problem }
        var own = Problem(
            problem.code,
            "This is about the key in the header, of the service that calls, and not about the one in the body. " + problem.detail,
            field: problem.field, headers: problem.headers)
        if scheme == .bearerOrBasic {
            own.oauthError = "invalid_client"
            // The challenge names the scheme that the client used (RFC 6749 section 5.2).
            let basic = "Basic realm=\"keyledger\", charset=\"UTF-8\""
            let isBasic = request.headers[.authorization]?.lowercased().hasPrefix("basic") ?? false
            if isBasic, own.code.status == 401 {
                own.headers[.wwwAuthenticate] = basic
            } else if own.code == .missing {
                // A client that sends credentials only when challenged chooses one of the two schemes.
                own.headers.append(.wwwAuthenticate, basic)
            }
        }
        return own
    }
}

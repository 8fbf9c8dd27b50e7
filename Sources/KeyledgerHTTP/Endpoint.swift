internal import HTTPTypes
internal import Hummingbird
internal import KeyEvents
internal import Ledger
internal import Projections
internal import Validation

/// One method of one address. Whoever adds one has to say who may call it.
struct Endpoint: Sendable {
    enum Access: Sendable {
        /// Anyone, without a key.
        case open(@Sendable (OpenCall) async throws -> Response)
        /// Whoever presents a key with this permission.
        case key(Permission, @Sendable (Call) async throws -> Response)
        /// Likewise, for what ends keys, which goes on while the clock is doubted.
        case ending(Permission, @Sendable (Call) async throws -> Response)
        /// Likewise, for what reads much of the ledger: it runs among the questions, and waits for its account's turn. `or`: one of the two
        /// permissions is enough.
        case question(Permission, or: Permission? = nil, @Sendable (Call) throws -> Response)
        /// Likewise, for anyone, without a key.
        case openQuestion(@Sendable (OpenCall) throws -> Response)
    }

    let method: HTTPRequest.Method
    /// With parameters in braces, as in the OpenAPI description. `{rest}`, at the end, stands for everything that follows, slashes too.
    let path: String
    /// The parameters that may stand behind the question mark.
    let query: [String]
    /// Those of them that may stand there more than once.
    var repeatable: [String] = []
    let access: Access
    /// How the call may present its key.
    var scheme = Credentials.Scheme.bearer
    /// Whether the call is about somebody else's key: what is wrong with its own must not read as if it were said of that.
    private(set) var isAboutAnotherKey = false

    static func get(_ path: String, query: [String] = [], repeatable: [String] = [], _ access: Access) -> Endpoint {
        Endpoint(method: .get, path: path, query: query, repeatable: repeatable, access: access)
    }

    static func post(_ path: String, _ access: Access) -> Endpoint { Endpoint(method: .post, path: path, query: [], access: access) }

    static func patch(_ path: String, _ access: Access) -> Endpoint { Endpoint(method: .patch, path: path, query: [], access: access) }

    var aboutAnotherKey: Endpoint {
        var endpoint = self
        endpoint.isAboutAnotherKey = true
        return endpoint
    }

    /// `proxies`: whose word about where a call comes from is taken.
    func respond(
        to request: Request, _ context: ServiceContext, _ ledger: Ledger, _ proxies: TrustedProxies
    ) async throws -> Response {
        switch access {
        case .open(let handle):
            return try await handle(openCall(request, context, ledger))
        case .openQuestion(let handle):
            let call = openCall(request, context, ledger)
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

    private func openCall(_ request: Request, _ context: ServiceContext, _ ledger: Ledger) -> OpenCall {
        OpenCall(request: request, parameters: context.parameters, ledger: ledger, peer: context.remoteAddress)
    }

    private func call(
        _ request: Request, _ context: ServiceContext, _ ledger: Ledger, _ proxies: TrustedProxies, _ permission: Permission,
        or other: Permission? = nil, endsOnly: Bool = false
    ) throws -> Call {
        let address = proxies.client(of: request.head, from: context.remoteAddress)
        let secret: Substring
        do { secret = try Credentials.find(in: request, scheme) } catch { throw own(error, request) }
        let query = try Query(request)
        let verdict = try ledger.verifier.verdictOnCaller(secret, from: address, endsOnly: endsOnly)
        guard let caller = Caller(verdict, from: address) else {
            ledger.verifier.recordCall(verdict, from: address)
            throw own(Self.refusal(verdict, secret, ledger), request)
        }
        let isOther = other.map { !caller.permissions.contains(permission) && caller.permissions.contains($0) } ?? false
        let permission = isOther ? other ?? permission : permission
        guard caller.permissions.contains(permission) else {
            ledger.verifier.recordCall(verdict, from: address, denial: CallDenial(lacking: permission))
            throw ServiceError.missingPermission(permission)
        }
        return Call(
            request: request, query: query, context: context, ledger: ledger, caller: caller,
            authority: Authority(secret, from: address, permission), progress: ledger.verifier.beginCall(verdict, from: address))
    }

    /// Answers the call. What turns out to be nothing that its key may do counts as a refusal of the key.
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

    /// As the router takes it.
    var routerPath: RouterPath { RouterPath(path.hasSuffix(Self.rest) ? path.dropLast(Self.rest.count) + "**" : path) }

    static let rest = "{rest}"

    private static func refusal(_ verdict: Verdict, _ secret: Substring, _ ledger: Ledger) -> Problem {
        Problem(refusing: verdict, sentence: verdict.code == .malformed ? ledger.verifier.malformedMessage(secret) : nil)
    }

    /// What is wrong with the key that the call itself presents, told as that.
    private func own(_ problem: Problem, _ request: Request) -> Problem {
        guard isAboutAnotherKey else { return problem }
        var own = Problem(
            problem.code,
            "This is about the key in the header, of the service that calls, and not about the one in the body. " + problem.detail,
            field: problem.field, headers: problem.headers)
        if scheme == .bearerOrBasic {
            own.oauthError = "invalid_client"
            // The challenge is in the scheme that the client used (RFC 6749 section 5.2).
            let basic = "Basic realm=\"keyledger\", charset=\"UTF-8\""
            let isBasic = request.headers[.authorization]?.lowercased().hasPrefix("basic") ?? false
            if isBasic, own.code.status == .unauthorized {
                own.headers[.wwwAuthenticate] = basic
            } else if own.code == .missing {
                // Clients that wait to be asked choose.
                own.headers.append(HTTPField(name: .wwwAuthenticate, value: basic))
            }
        }
        return own
    }
}

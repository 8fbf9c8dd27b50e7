internal import Hummingbird
internal import KeyEvents
internal import KeyService
internal import Projections
internal import Validation

/// One method of one address. Whoever adds one has to say who may call it.
struct Endpoint: Sendable {
    enum Access: Sendable {
        /// Anyone, without a key.
        case open(@Sendable (OpenCall) async throws -> Response)
        /// Whoever presents a key with this permission.
        case key(Permission, @Sendable (Call) async throws -> Response)
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

    static func get(_ path: String, query: [String] = [], repeatable: [String] = [], _ access: Access) -> Endpoint {
        Endpoint(method: .get, path: path, query: query, repeatable: repeatable, access: access)
    }

    static func post(_ path: String, _ access: Access) -> Endpoint { Endpoint(method: .post, path: path, query: [], access: access) }

    static func patch(_ path: String, _ access: Access) -> Endpoint { Endpoint(method: .patch, path: path, query: [], access: access) }

    func respond(to request: Request, _ context: ServiceContext, _ ledger: Ledger) async throws -> Response {
        switch access {
        case .open(let handle):
            return try await handle(openCall(request, context, ledger))
        case .openQuestion(let handle):
            let call = openCall(request, context, ledger)
            return try await ledger.lanes.questions.run(for: .stranger) { try handle(call) }
        case .key(let permission, let handle):
            return try await handle(call(request, context, ledger, permission))
        case .question(let permission, let other, let handle):
            let call = try call(request, context, ledger, permission, or: other)
            return try await call.ask { try handle(call) }
        }
    }

    private func openCall(_ request: Request, _ context: ServiceContext, _ ledger: Ledger) -> OpenCall {
        OpenCall(request: request, parameters: context.parameters, ledger: ledger, peer: context.remoteAddress)
    }

    private func call(
        _ request: Request, _ context: ServiceContext, _ ledger: Ledger, _ permission: Permission, or other: Permission? = nil
    ) throws -> Call {
        let address = IPAddress(context.remoteAddress)
        let secret = try Credentials.find(in: request)
        let query = try Query(request)
        let caller = try Self.caller(secret, address, ledger)
        let isOther = other.map { !caller.permissions.contains(permission) && caller.permissions.contains($0) } ?? false
        let permission = isOther ? other ?? permission : permission
        try caller.require(permission)
        try query.check(allowed: self.query, repeatable: repeatable)
        return Call(
            request: request, query: query, context: context, ledger: ledger, caller: caller,
            authority: Authority(secret, from: address, permission))
    }

    /// As the router takes it.
    var routerPath: RouterPath { RouterPath(path.hasSuffix(Self.rest) ? path.dropLast(Self.rest.count) + "**" : path) }

    static let rest = "{rest}"

    private static func caller(_ secret: Substring, _ address: IPAddress?, _ ledger: Ledger) throws -> Caller {
        let (caller, verdict) = try ledger.authorise(secret, from: address)
        if let caller { return caller }
        let sentence = (verdict.code == .malformed ? ledger.malformedMessage(secret) : nil) ?? verdict.message
        let code = ProblemCode(verdict.code)
        throw Problem(
            code, sentence,
            headers: code.status == .unauthorized ? [.wwwAuthenticate: Problem.challenge(error: "invalid_token")] : [:])
    }
}

internal import HTTPTypes
internal import Hummingbird
internal import KeyEvents
internal import KeyService
internal import Logging
internal import Validation

/// Answers gateways that ask, before they let a customer's request through, whether its key is good. The customer's key stands in
/// `Authorization`, so a gateway shows who it is in a header of its own, or asks on a listener that only gateways reach.
struct ForwardAuth: Sendable {
    enum Access: Sendable {
        /// With a key that has the permission `verify`, in `X-Keyledger-Service-Key`.
        case serviceKey
        /// Whoever can connect.
        case anyone
    }

    let ledger: Ledger
    let settings: ForwardAuthSettings
    let access: Access

    func respond(to request: Request, at address: AuthAddress, _ context: ServiceContext) async throws -> Response {
        let form = AuthForm(address.demand)
        do {
            return try await answer(request, address, form, context)
        } catch {
            let problem = Problem(error)
            var response = try form.refused(problem)
            if problem.code.isOperators {
                response.headers[.requestID] = context.id
                context.logger.error("\(AuthAddress.path): \((error as? Problem)?.detail ?? "\(error)")")
            }
            return response
        }
    }

    private func answer(_ request: Request, _ address: AuthAddress, _ form: AuthForm, _ context: ServiceContext) async throws -> Response {
        let asker = try asker(request, context)
        let demand = try AuthDemand(address.demand)
        let proxies = settings.trustedProxies
        let original = OriginalRequest(
            request.head, target: address.target, trusted: proxies.contains(context.remoteAddress) ? proxies : nil)
        if demand.allowsPreflight, original.isPreflight { return form.accepted(.nobody, code: "PREFLIGHT") }
        try Credentials.refuseMisplaced(original.queryNames)
        let secret = try Credentials.find(in: request.headers, direct: [.apiKey] + (settings.keyHeader.map { [$0.name] } ?? []))
        let question = Question(
            scopes: demand.scopes, environment: demand.environment, account: asker.visibleAccount, address: original.address)
        let verdict = try await ledger.verify(secret, question, context: original.useContext, actor: asker.actor)
        guard verdict.isValid, let key = verdict.key, let state = try ledger.key(key.id) else {
            throw Problem(
                refusing: verdict, sentence: verdict.code == .malformed ? ledger.malformedMessage(secret) : nil, scopes: demand.scopes)
        }
        return form.accepted(AuthIdentity(ledger.view(state)), code: verdict.code.rawValue)
    }

    /// What a gateway does wrong is never told in the words of a customer's mistake.
    private func asker(_ request: Request, _ context: ServiceContext) throws -> (actor: Actor, visibleAccount: AccountID?) {
        guard access == .serviceKey else { return (Actor(kind: .system, id: "forward-auth"), nil) }
        let sent = request.headers[values: .serviceKey]
        guard sent.count == 1, let secret = sent.first, !secret.isEmpty else {
            throw Problem(
                .gatewayMisconfigured,
                "The gateway has to send one key, with the permission verify, in X-Keyledger-Service-Key; there "
                    + (sent.count > 1 ? "are \(sent.count)." : "is none."))
        }
        let (caller, verdict) = try ledger.authorise(secret, from: IPAddress(context.remoteAddress))
        guard let caller else {
            throw Problem(.gatewayMisconfigured, "The key that the gateway sent in X-Keyledger-Service-Key is \(verdict.code.rawValue).")
        }
        do {
            try caller.require(.verify)
        } catch {
            throw Problem(.gatewayMisconfigured, "The key that the gateway sent in X-Keyledger-Service-Key lacks the permission verify.")
        }
        return (caller.actor, caller.visibleAccount)
    }
}

extension Problem {
    /// Why a customer's key is refused. The challenge is that of RFC 6750 section 3, with all scopes that the request needs.
    fileprivate init(refusing verdict: Verdict, sentence: String?, scopes: [String]) {
        let code = ProblemCode(verdict.code)
        self.init(code, sentence ?? verdict.message)
        if verdict.code == .insufficientScope {
            headers[.wwwAuthenticate] = Problem.challenge(error: "insufficient_scope") + ", scope=\"\(scopes.joined(separator: " "))\""
        } else if code.status == .unauthorized {
            headers[.wwwAuthenticate] = Problem.challenge(error: "invalid_token")
        }
    }
}

extension HTTPField.Name {
    static let serviceKey = Self("X-Keyledger-Service-Key")!
}

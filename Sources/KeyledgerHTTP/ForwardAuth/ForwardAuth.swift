internal import HTTPTypes
internal import Hummingbird
internal import Ledger
internal import LedgerAPI
internal import Logging
internal import NIOCore

/// The endpoint for gateways that ask, before they let a customer's request through, whether its key is good. The customer's
/// key stands in `Authorization`, so a gateway presents its own key in another header, or calls a listener that only gateways
/// can reach.
struct ForwardAuth: Sendable {
    let decision: ForwardAuthDecision
    let settings: ForwardAuthSettings

    var ledger: Ledger { decision.ledger }

    init(ledger: Ledger, settings: ForwardAuthSettings, access: ForwardAuthDecision.Access) {
        decision = ForwardAuthDecision(ledger: ledger, access: access)
        self.settings = settings
    }

    func respond(to request: Request, at address: AuthAddress, _ context: ServiceContext) async throws -> Response {
        do {
            return try await answer(request.head, at: address, from: Peer(context.remoteAddress)).response
        } catch {
            let problem = Problem(error)
            var response = try address.dialect.refused(problem).response
            if problem.code.isOperators {
                response.headers[.requestID] = context.id
                context.logger.error("\(AuthAddress.path): \((error as? Problem)?.detail ?? "\(error)")")
            }
            return response
        }
    }

    private func answer(_ head: HTTPRequest, at address: AuthAddress, from peer: Peer) async throws -> AuthAnswer {
        let gateway = try authorization(ofGateway: head, from: peer)
        gateway?.record(in: ledger)
        switch try step(on: head, from: peer, gateway, at: address) {
        case .preflight: return .preflight
        case .exchange(let exchange): return try await decision.answer(exchange.verdict(), at: address)
        }
    }

    /// The decision on the gateway's own key, which is recorded by whoever goes on to answer.
    func authorization(ofGateway head: HTTPRequest, from peer: Peer) throws -> CallAuthorization? {
        try decision.authorization(ofGateway: head.headerFields[values: .serviceKey], from: peer.address)
    }

    /// What is decided on a request before its key is looked at.
    func step(
        on head: HTTPRequest, from peer: Peer, _ gateway: CallAuthorization?, at address: AuthAddress
    ) throws -> ForwardAuthDecision.Step {
        let fields = head.headerFields
        let proxies = settings.trustedProxies
        let original = OriginalRequest(head, target: address.target, trusted: proxies.contains(peer) ? proxies : nil)
        return try decision.step(on: original, from: gateway, at: address) { () throws(Problem) in
            try Credentials.find(in: fields, direct: [.apiKey] + (settings.keyHeader.map { [$0.name] } ?? []))
        }
    }
}

extension HTTPField.Name {
    static let serviceKey = Self("X-Keyledger-Service-Key")!
}

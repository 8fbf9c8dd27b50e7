internal import HTTPTypes
internal import Hummingbird
internal import KeyEvents
internal import Ledger
internal import LedgerQueries
internal import Logging
internal import NIOCore
internal import Projections
internal import Validation

/// The endpoint for gateways that ask, before they let a customer's request through, whether its key is good. The customer's
/// key stands in `Authorization`, so a gateway presents its own key in another header, or calls a listener that only gateways
/// can reach.
struct ForwardAuth: Sendable {
    /// The caller on whose behalf a check is recorded, and the account to which its view is limited; `nil` when it sees all
    /// accounts.
    struct Asker {
        let actor: Actor
        let visibleAccount: AccountID?
    }

    /// Which gateways may call.
    enum Access: Sendable {
        /// A gateway must present a key with the permission `verify`, in `X-Keyledger-Service-Key`.
        case serviceKey
        /// Every gateway that can connect may call.
        case anyone
    }

    let ledger: Ledger
    let settings: ForwardAuthSettings
    let access: Access
    private let demands = AuthDemands()

    init(ledger: Ledger, settings: ForwardAuthSettings, access: Access) {
        self.ledger = ledger
        self.settings = settings
        self.access = access
    }

    func respond(to request: Request, at address: AuthAddress, _ context: ServiceContext) async throws -> Response {
        do {
            return try await answer(request.head, at: address, from: Peer(context.remoteAddress)).response
        } catch {
            let problem = Problem(error)
            var response = try address.form.refused(problem).response
            if problem.code.isOperators {
                response.headers[.requestID] = context.id
                context.logger.error("\(AuthAddress.path): \((error as? Problem)?.detail ?? "\(error)")")
            }
            return response
        }
    }

    private func answer(_ head: HTTPRequest, at address: AuthAddress, from peer: Peer) async throws -> AuthAnswer {
        let gateway = try gatewayVerdict(head, from: peer)
        if let gateway { ledger.verifier.recordCall(gateway, from: peer.address, denial: Self.denial(gateway)) }
        let asker = try asker(gateway)
        switch try inquiry(head, at: address, from: peer, asker) {
        case .preflight:
            return .preflight
        case .key(let secret, let question, let context):
            let verdict = try await ledger.verifier.verify(secret, question, context: context, actor: asker.actor)
            return try answer(verdict, to: question, on: secret, at: address)
        }
    }

    /// Returns the verdict on the gateway's own key; `nil` when it need not present one. The caller of this method records the
    /// verdict when it goes on to answer. A gateway's mistakes are never reported in the words used for a customer's.
    ///
    /// The verdict is about the address of the connection: what a gateway says about addresses concerns its customer.
    func gatewayVerdict(_ head: HTTPRequest, from peer: Peer) throws -> Verdict? {
        guard access == .serviceKey else { return nil }
        let sent = head.headerFields[values: .serviceKey]
        guard sent.count == 1, let secret = sent.first, !secret.isEmpty else {
            throw Problem(
                .gatewayMisconfigured,
                "The gateway has to send one key, with the permission verify, in X-Keyledger-Service-Key; there "
                    + (sent.count > 1 ? "are \(sent.count)." : "is none."))
        }
        return try ledger.verifier.check(secret, Question(address: peer.address))
    }

    /// The reason for refusing a gateway's key that is good but lacks the permission to verify others.
    private static func denial(_ gateway: Verdict) -> CallDenial? {
        Caller(gateway).flatMap { $0.permissions.contains(.verify) ? nil : CallDenial(lacking: .verify) }
    }

    /// Determines on whose behalf a check is made, from the verdict on the gateway's key.
    func asker(_ gateway: Verdict?) throws -> Asker {
        guard let gateway else { return Asker(actor: Actor(kind: .system, id: "forward-auth"), visibleAccount: nil) }
        guard let caller = Caller(gateway) else {
            throw Problem(.gatewayMisconfigured, "The key that the gateway sent in X-Keyledger-Service-Key is \(gateway.code.rawValue).")
        }
        guard caller.permissions.contains(.verify) else {
            throw Problem(.gatewayMisconfigured, "The key that the gateway sent in X-Keyledger-Service-Key lacks the permission verify.")
        }
        return Asker(actor: caller.actor, visibleAccount: caller.visibleAccount)
    }

    func inquiry(_ head: HTTPRequest, at address: AuthAddress, from peer: Peer, _ asker: Asker) throws -> AuthInquiry {
        let demand = try demands.read(address.demand)
        let proxies = settings.trustedProxies
        let original = OriginalRequest(head, target: address.target, trusted: proxies.contains(peer) ? proxies : nil)
        if demand.allowsPreflight, original.isPreflight { return .preflight }
        for target in original.targets { try Credentials.refuseKey(inTarget: target) }
        let secret = try Credentials.find(in: head.headerFields, direct: [.apiKey] + (settings.keyHeader.map { [$0.name] } ?? []))
        let question = Question(
            scopes: demand.scopes, environment: demand.environment, account: asker.visibleAccount, address: original.address)
        return .key(secret, question, original.useContext)
    }

    /// Makes the response for the verdict on the customer's key. The use was recorded before.
    func answer(_ verdict: Verdict, to question: Question, on secret: Substring, at address: AuthAddress) throws -> AuthAnswer {
        if verdict.isValid, let key = try verdict.key.flatMap({ try ledger.key($0.id) }) {
            return AuthAnswer(accepting: AuthIdentity(ledger.keys.view(key)))
        }
        let sentence = verdict.code == .malformed ? ledger.verifier.malformedMessage(secret) : nil
        return try address.form.refused(Problem(refusing: verdict, sentence: sentence, asked: question.scopes))
    }
}

extension HTTPField.Name {
    static let serviceKey = Self("X-Keyledger-Service-Key")!
}

package import Bytes
internal import KeyEvents
package import Ledger
internal import LedgerQueries
internal import Validation

/// The decision on whether a gateway lets a customer's request through: whose key decides, what the gateway requires of it, and what the
/// gateway is told. The fast path and the routes decide by it, each with its own way of waiting for the record.
package struct ForwardAuthDecision: Sendable {
    /// Which gateways may ask.
    package enum Access: Sendable {
        /// A gateway must present a key with the permission `verify`, in `X-Keyledger-Service-Key`.
        case serviceKey
        /// Every gateway that can connect may ask.
        case anyone
    }

    /// What is decided without the customer's key, and what remains to be asked of it.
    package enum Step: Sendable {
        /// The request passes without a key.
        case preflight
        /// The request presents a key, which decides.
        case exchange(VerifyExchange)
    }

    package let ledger: Ledger
    private let access: Access
    private let demands = AuthDemands()

    package init(ledger: Ledger, access: Access) {
        self.ledger = ledger
        self.access = access
    }

    /// Decides on the gateway's own key; `nil` where it need not present one. Nothing is recorded. A gateway's mistakes are never reported in
    /// the words used for a customer's.
    ///
    /// The verdict is about the address of the connection: what a gateway says about addresses concerns its customer.
    ///
    /// - Parameters:
    ///   - keys: The values of `X-Keyledger-Service-Key`.
    ///   - address: The address of the gateway.
    /// - Returns: The decision; `nil` where every gateway may ask.
    /// - Throws: The problem of a gateway that sends no key, or several; the errors of the verdict.
    package func authorization(ofGateway keys: [String], from address: IPAddress?) throws -> CallAuthorization? {
        guard access == .serviceKey else { return nil }
        guard keys.count == 1, let secret = keys.first, !secret.isEmpty else {
            throw Problem(
                .gatewayMisconfigured,
                "The gateway has to send one key, with the permission verify, in X-Keyledger-Service-Key; there "
                    + (keys.count > 1 ? "are \(keys.count)." : "is none."))
        }
        return try CallAuthorization(secret, for: .verify, from: address, in: ledger)
    }

    /// Decides as far as it can be decided without the customer's key.
    ///
    /// - Parameters:
    ///   - request: The customer's request, as the gateway describes it.
    ///   - gateway: The decision on the gateway's own key; `nil` where it need not present one.
    ///   - address: What the gateway requires.
    ///   - key: Finds the customer's key in the request.
    /// - Returns: What is left to do.
    /// - Throws: The problem of a gateway that is not set up correctly, or of a request whose key cannot be read.
    package func step(
        on request: OriginalRequest, from gateway: CallAuthorization?, at address: AuthAddress, key: () throws(Problem) -> Substring
    ) throws(Problem) -> Step {
        let (actor, account) = try asker(gateway)
        let demand = try demands.read(address.demand)
        if demand.allowsPreflight, request.isPreflight { return .preflight }
        for target in request.targets { try Credentials.refuseKey(inTarget: target) }
        let secret = try key()
        let question = Question(scopes: demand.scopes, environment: demand.environment, account: account, address: request.address)
        return .exchange(VerifyExchange(String(secret), question, context: request.useContext, actor: actor, in: ledger))
    }

    /// On whose behalf a check is recorded, and the account to which its view is limited; `nil` when it sees all accounts.
    private func asker(_ gateway: CallAuthorization?) throws(Problem) -> (actor: Actor, visibleAccount: AccountID?) {
        guard let gateway else { return (Actor(kind: .system, id: "forward-auth"), nil) }
        guard gateway.caller != nil else {
            throw Problem(
                .gatewayMisconfigured, "The key that the gateway sent in X-Keyledger-Service-Key is \(gateway.verdict.code.rawValue).")
        }
        guard let caller = gateway.granted else {
            throw Problem(.gatewayMisconfigured, "The key that the gateway sent in X-Keyledger-Service-Key lacks the permission verify.")
        }
        return (caller.actor, caller.visibleAccount)
    }

    /// The response to the gateway on the customer's key. The use was recorded before.
    package func answer(_ outcome: VerifyOutcome, at address: AuthAddress) throws -> AuthAnswer {
        if outcome.verdict.isValid, let key = try outcome.key() { return AuthAnswer(accepting: AuthIdentity(key)) }
        return try address.form.refused(outcome.problem())
    }
}

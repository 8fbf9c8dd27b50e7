package import Bytes
internal import KeyEvents
package import Ledger
internal import LedgerQueries
internal import Validation

/// The decision on whether a gateway lets a customer's request through: which key decides, what the gateway requires of it, and the
/// response to the gateway. The fast path and the routes share it; they differ in how they wait for the record.
package struct ForwardAuthDecision: Sendable {
    /// The gateways that may call.
    package enum Access: Sendable {
        /// A gateway must present a key with the permission `verify`, in `X-Keyledger-Service-Key`.
        case serviceKey
        /// Every gateway that can connect may call.
        case anyone
    }

    /// The decision as far as it needs no key of the customer, and what remains to be verified.
    package enum Step: Sendable {
        /// The request passes without a key.
        case preflight
        /// The request presents a key, whose verdict decides.
        case exchange(VerifyExchange)
    }

    package let ledger: Ledger
    private let access: Access
    private let requirementsCache = RequirementsCache()

    package init(ledger: Ledger, access: Access) {
        self.ledger = ledger
        self.access = access
    }

    /// Decides on the gateway's own key. Nothing is recorded. A gateway's mistakes are never reported in the words used for a
    /// customer's.
    ///
    /// The verdict is about the address of the connection: the addresses in the gateway's header fields concern its customer.
    ///
    /// - Parameters:
    ///   - keys: The values of `X-Keyledger-Service-Key`.
    ///   - address: The address of the gateway.
    /// - Returns: The decision; `nil` where every gateway may call.
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

    /// Decides as far as possible without the customer's key.
    ///
    /// - Parameters:
    ///   - request: The customer's request, as the gateway describes it.
    ///   - gateway: The decision on the gateway's own key; `nil` where it need not present one.
    ///   - address: The address that the gateway calls, with its requirements.
    ///   - key: Finds the customer's key in the request.
    /// - Returns: The remaining step.
    /// - Throws: The problem of a gateway that is not set up correctly, or of a request whose key cannot be read.
    package func step(
        on request: OriginalRequest, from gateway: CallAuthorization?, at address: AuthAddress, key: () throws(Problem) -> Substring
    ) throws(Problem) -> Step {
        let (actor, account) = try requester(gateway)
        let requirements = try requirementsCache.read(address.requirements)
        if requirements.allowsPreflight, request.isPreflight { return .preflight }
        for target in request.targets { try Credentials.refuseKey(inTarget: target, of: ledger) }
        let secret = try key()
        let accessCheck = AccessCheck(
            scopes: requirements.scopes, environment: requirements.environment, account: account, address: request.address)
        return .exchange(VerifyExchange(String(secret), accessCheck, context: request.useContext, actor: actor, in: ledger))
    }

    /// Returns the actor on whose behalf a verification is recorded, and the account to which its view is limited; `nil` where it sees
    /// all accounts.
    private func requester(_ gateway: CallAuthorization?) throws(Problem) -> (actor: Actor, visibleAccount: AccountID?) {
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

    /// Returns the response to the gateway on the customer's key. The use was recorded before.
    package func answer(_ outcome: VerifyOutcome, at address: AuthAddress) throws -> AuthAnswer {
        if outcome.verdict.isValid, let key = try outcome.key() { return AuthAnswer(accepting: AuthIdentity(key)) }
        return try address.dialect.refused(outcome.problem())
    }
}

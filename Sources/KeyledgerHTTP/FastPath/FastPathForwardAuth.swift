internal import HTTPTypes
internal import KeyEvents
internal import Ledger
internal import LedgerAPI
internal import LedgerQueries
internal import Logging
internal import NIOCore
internal import Validation

/// The endpoint `/v1/auth`, served on the connection's thread. A gateway's request that is wrong, or has a body, is left to the router.
struct FastPathForwardAuth: FastPathEndpoint {
    let maxBodyBytes = 0
    private let forwardAuth: ForwardAuth
    private let logger: Logger
    /// The cached beginnings of the responses that accept a key.
    private let beginnings: RenderedKeyCache

    init(forwardAuth: ForwardAuth, logger: Logger) {
        self.forwardAuth = forwardAuth
        self.logger = logger
        beginnings = RenderedKeyCache(forwardAuth.ledger) { Self.beginning(AuthAnswer(accepting: AuthIdentity($0))) }
    }

    /// A response to HEAD has no body but states its length, so HEAD is left to the router.
    func takes(_ head: HTTPRequest) -> Bool { head.method != .head && head.path?.hasPrefix(AuthAddress.path) == true }

    func trusts(_ head: HTTPRequest, from peer: Peer) -> Bool { false }

    func answer(
        _ head: HTTPRequest, _ body: ByteBuffer, from peer: Peer,
        completion: @escaping @Sendable (@escaping @Sendable () -> RawResponse?) -> Void
    ) {
        guard let target = head.path, let address = AuthAddress(target: target) else { return completion { nil } }
        let ledger = forwardAuth.ledger
        do {
            let gateway = try forwardAuth.authorization(ofGateway: head, from: peer)
            switch try forwardAuth.step(on: head, from: peer, gateway, at: address) {
            case .preflight:
                gateway?.record(in: ledger)
                completion { Self.answer(.preflight, ledger) }
            case .exchange(let exchange):
                try exchange.record { [self] result in
                    completion {
                        // Nothing was recorded. The router tries again, and responds with the reason if it fails.
                        guard case .success(let outcome) = result else { return nil }
                        gateway?.record(in: ledger)
                        do {
                            let verdict = outcome.verdict
                            if verdict.isValid, let key = verdict.key, let beginning = try beginnings.rendering(of: key.id) {
                                return RawResponse(beginning: beginning, [], at: ledger.time.now)
                            }
                            return Self.answer(try forwardAuth.decision.answer(outcome, at: address), ledger)
                        } catch {
                            // A second attempt would count the use twice.
                            logger.error("\(AuthAddress.path): \(error)")
                            return (try? address.dialect.refused(Problem(error))).map { Self.answer($0, ledger) }
                        }
                    }
                }
            }
        } catch {
            completion { nil }
        }
    }

    private static func answer(_ answer: AuthAnswer, _ ledger: Ledger) -> RawResponse {
        RawResponse(beginning: beginning(answer), answer.body, at: ledger.time.now)
    }

    private static func beginning(_ answer: AuthAnswer) -> [UInt8] {
        RawResponse.beginning(.init(registered: answer.status), HTTPFields(answer.headers))
    }
}

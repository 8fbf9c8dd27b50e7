internal import HTTPTypes
internal import KeyEvents
internal import Ledger
internal import LedgerQueries
internal import Logging
internal import NIOCore
internal import Validation

/// `/v1/auth`, answered where it arrives. A gateway that asks wrongly, or with a body, is the router's.
struct DirectAuth: DirectEndpoint {
    let largestBody = 0
    private let forwardAuth: ForwardAuth
    private let logger: Logger
    /// Of the answers on keys that are good.
    private let beginnings: KeyRenderings

    init(forwardAuth: ForwardAuth, logger: Logger) {
        self.forwardAuth = forwardAuth
        self.logger = logger
        beginnings = KeyRenderings(forwardAuth.ledger) { Self.beginning(AuthAnswer(accepting: AuthIdentity($0))) }
    }

    /// The answer to HEAD has no body, and says how long it would be.
    func takes(_ head: HTTPRequest) -> Bool { head.method != .head && head.path?.hasPrefix(AuthAddress.path) == true }

    func trusts(_ head: HTTPRequest, from peer: Peer) -> Bool { false }

    func answer(
        _ head: HTTPRequest, _ body: ByteBuffer, from peer: Peer,
        completion: @escaping @Sendable (@escaping @Sendable () -> DirectAnswer?) -> Void
    ) {
        guard let target = head.path, let address = AuthAddress(target: target) else { return completion { nil } }
        let ledger = forwardAuth.ledger
        do {
            let gateway = try forwardAuth.gatewayVerdict(head, from: peer)
            let asker = try forwardAuth.asker(gateway)
            switch try forwardAuth.inquiry(head, at: address, from: peer, asker) {
            case .preflight:
                if let gateway { ledger.verifier.recordCall(gateway, from: peer.address) }
                completion { Self.answer(.preflight, ledger) }
            case .key(let secret, let question, let context):
                let verdict = try ledger.verifier.check(secret, question)
                ledger.verifier.record(verdict, question, context: context, actor: asker.actor) { [self] result in
                    completion {
                        // Nothing was recorded: the router tries again, and says why it cannot be.
                        guard case .success(let verdict) = result else { return nil }
                        if let gateway { ledger.verifier.recordCall(gateway, from: peer.address) }
                        do {
                            if verdict.isValid, let key = verdict.key, let beginning = try beginnings.rendering(of: key.id) {
                                return DirectAnswer(beginning: beginning, [], at: ledger.time.now)
                            }
                            return Self.answer(try forwardAuth.answer(verdict, to: question, on: secret, at: address), ledger)
                        } catch {
                            // Once more would count the use twice.
                            logger.error("\(AuthAddress.path): \(error)")
                            return (try? address.form.refused(Problem(error))).map { Self.answer($0, ledger) }
                        }
                    }
                }
            }
        } catch {
            completion { nil }
        }
    }

    private static func answer(_ answer: AuthAnswer, _ ledger: Ledger) -> DirectAnswer {
        DirectAnswer(beginning: beginning(answer), answer.body, at: ledger.time.now)
    }

    private static func beginning(_ answer: AuthAnswer) -> [UInt8] { DirectAnswer.beginning(answer.status, answer.headers) }
}

internal import HTTPTypes
internal import Hummingbird
internal import KeyEvents
internal import Ledger
internal import LedgerQueries
internal import Logging
internal import NIOCore
internal import Projections
internal import Validation

/// The endpoint `POST /v1/verify`, answered on the connection's thread for well-formed calls of services with the permission
/// `verify`.
struct DirectVerify: DirectEndpoint {
    let largestBody = RequestLimits.smallBody
    private let ledger: Ledger
    private let proxies: TrustedProxies
    private let logger: Logger
    /// The cached ends of the documents that accept a key: the fields that describe the key.
    private let ends: KeyRenderings

    init(ledger: Ledger, proxies: TrustedProxies, logger: Logger) {
        self.ledger = ledger
        self.proxies = proxies
        self.logger = logger
        ends = KeyRenderings(ledger) { try VerdictDocument.end($0) }
    }

    func takes(_ head: HTTPRequest) -> Bool {
        head.method == .post && head.path == "/v1/verify" && head.headerFields[values: .contentType] == ["application/json"]
            && head.headerFields[.contentEncoding] == nil
    }

    func trusts(_ head: HTTPRequest, from peer: Peer) -> Bool {
        guard let secret = try? Credentials.find(in: head.headerFields, direct: [.apiKey]),
            let verdict = try? ledger.verifier.check(secret, Question(address: proxies.client(of: head, from: peer)))
        else { return false }
        return Caller(verdict)?.permissions.contains(.verify) ?? false
    }

    func answer(
        _ head: HTTPRequest, _ body: ByteBuffer, from peer: Peer,
        completion: @escaping @Sendable (@escaping @Sendable () -> DirectAnswer?) -> Void
    ) {
        do {
            let secret = try Credentials.find(in: head.headerFields, direct: [.apiKey])
            let address = proxies.client(of: head, from: peer)
            let callVerdict = try ledger.verifier.check(secret, Question(address: address))
            guard let caller = Caller(callVerdict), caller.permissions.contains(.verify) else { return completion { nil } }
            let request = try VerifyRequest(JSONParser.parse(body.readableBytesUInt8Span), account: caller.visibleAccount)
            guard request.isOrdinary else { return completion { nil } }
            let verdict = try ledger.verifier.check(request.secret, request.question)
            ledger.verifier.record(verdict, request.question, context: request.context, actor: caller.actor) { [self] result in
                completion {
                    // Nothing was recorded. The router tries again, and responds with the reason if it fails.
                    guard case .success(let verdict) = result else { return nil }
                    ledger.verifier.recordCall(callVerdict, from: address)
                    do {
                        return DirectAnswer(beginning: Self.beginning, try document(verdict, on: request), at: ledger.time.now)
                    } catch {
                        // A second attempt would count the use twice.
                        logger.error("\(head.method) \(head.path ?? ""): \(error)")
                        return try? Self.answer(Problem(error), at: ledger.time.now)
                    }
                }
            }
        } catch {
            completion { nil }
        }
    }

    private func document(_ verdict: Verdict, on request: VerifyRequest) throws -> [UInt8] {
        if verdict.isValid, let position = verdict.position, let key = verdict.key, let end = try ends.rendering(of: key.id) {
            return VerdictDocument.bytes(acceptedAt: position, end: end)
        }
        return try Document.bytes(ledger.document(verdict, on: request.secret, asked: request.question.scopes))
    }

    private static let beginning = DirectAnswer.beginning(.ok, headers("application/json"))

    private static func answer(_ problem: Problem, at now: Timestamp) throws -> DirectAnswer {
        let beginning = DirectAnswer.beginning(problem.code.status, headers("application/problem+json"))
        return DirectAnswer(beginning: beginning, try Document.bytes(problem), at: now)
    }

    private static func headers(_ type: String) -> HTTPFields { [.contentType: type, .cacheControl: "no-store"] }
}

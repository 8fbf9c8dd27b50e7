internal import Bytes
internal import HTTPTypes
internal import Hummingbird
internal import KeyEvents
internal import Ledger
internal import LedgerAPI
internal import LedgerQueries
internal import Logging
internal import NIOCore
internal import Projections
internal import Validation

/// The endpoint `POST /v1/verify`, served on the connection's thread for well-formed calls of services with the permission `verify`.
struct FastPathVerify: FastPathEndpoint {
    let maxBodyBytes = RequestLimits.smallBody
    private let ledger: Ledger
    private let proxies: TrustedProxies
    private let logger: Logger
    /// The cached ends of the documents that accept a key: the fields that describe the key.
    private let ends: RenderedKeyCache

    init(ledger: Ledger, proxies: TrustedProxies, logger: Logger) {
        self.ledger = ledger
        self.proxies = proxies
        self.logger = logger
        ends = RenderedKeyCache(ledger) { try VerdictDocument.end($0) }
    }

    func takes(_ head: HTTPRequest) -> Bool {
        head.method == .post && head.path == "/v1/verify" && head.headerFields[values: .contentType] == ["application/json"]
            && head.headerFields[.contentEncoding] == nil
    }

    func trusts(_ head: HTTPRequest, from peer: Peer) -> Bool { (try? authorization(of: head, from: peer))?.granted != nil }

    func answer(
        _ head: HTTPRequest, _ body: ByteBuffer, from peer: Peer,
        completion: @escaping @Sendable (@escaping @Sendable () -> RawResponse?) -> Void
    ) {
        do {
            let authorization = try authorization(of: head, from: peer)
            guard let caller = authorization.granted else { return completion { nil } }
            let request = try VerifyRequest(
                JSONParser.parse(body.readableBytesUInt8Span), account: caller.visibleAccount, prefix: ledger.prefix)
            guard request.isOrdinary else { return completion { nil } }
            try request.exchange(caller.actor, in: ledger).record { [self] result in
                completion {
                    // Nothing was recorded. The router tries again, and responds with the reason if it fails.
                    guard case .success(let outcome) = result else { return nil }
                    authorization.record(in: ledger)
                    do {
                        return RawResponse(beginning: Self.beginning, try document(outcome), at: ledger.time.now)
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

    private func authorization(of head: HTTPRequest, from peer: Peer) throws -> CallAuthorization {
        try Credentials.refuseKey(inHostOf: head, of: ledger)
        return try CallAuthorization(
            Credentials.find(in: head.headerFields, direct: [.apiKey]), for: .verify, from: proxies.client(of: head, from: peer), in: ledger
        )
    }

    private func document(_ outcome: VerifyOutcome) throws -> [UInt8] {
        let verdict = outcome.verdict
        if verdict.isValid, let position = verdict.position, let key = verdict.key, let end = try ends.rendering(of: key.id) {
            return VerdictDocument.bytes(acceptedAt: position, end: end)
        }
        return try JSON.bytes(outcome.document())
    }

    private static let beginning = RawResponse.beginning(.ok, headers("application/json"))

    private static func answer(_ problem: Problem, at now: Timestamp) throws -> RawResponse {
        let beginning = RawResponse.beginning(.init(registered: problem.code.status), headers("application/problem+json"))
        return RawResponse(beginning: beginning, try JSON.bytes(problem), at: now)
    }

    private static func headers(_ type: String) -> HTTPFields { [.contentType: type, .cacheControl: "no-store"] }
}

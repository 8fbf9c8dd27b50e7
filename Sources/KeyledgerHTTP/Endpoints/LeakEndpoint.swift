internal import Bytes
internal import Hummingbird
internal import KeyEvents
internal import Ledger
internal import LedgerAPI

/// The endpoint for the finder of a leaked key, who can end the key by its secret. Nobody else learns anything from it.
enum LeakEndpoint {
    static func revokeBySecret(_ proxies: TrustedProxies) -> Endpoint {
        let failures = FailureLimiter()
        return .post(
            "/v1/revoke-by-secret",
            .open { call in
                let address = proxies.client(of: call.request.head, from: call.peer)
                return try await revoke(call, from: address) { problem in
                    // The rate limit applies only to failures, so a leaked key is ended at once however many bad calls came
                    // before.
                    guard let seconds = failures.failure(from: address, at: call.ledger.time.now)?.wholeSeconds else { return problem }
                    return Problem(.rateLimited, "Too many calls; try again in \(seconds) s.", headers: [.retryAfter: String(seconds)])
                }
            })
    }

    /// Revokes a key. `failure` makes the response when a text is not a secret, or the ledger knows no key with it.
    private static func revoke(_ call: OpenCall, from address: IPAddress?, failure: (Problem) -> Problem) async throws -> Response {
        let ledger = call.ledger
        var fields = try RequestFields(try await call.body(), secrets: ["secret"], prefix: call.ledger.prefix)
        let secret = try fields.required("secret", fields.string("secret"))
        let reason = try fields.string("reason")
        try fields.end()
        if let sentence = ledger.verifier.malformedMessage(secret) { throw failure(.invalid("secret", "is no key: " + sentence)) }
        do {
            let outcome = try await ledger.commands.revokeKey(bySecret: secret, reason: reason, from: address)
            return try .document(CommandDocument(outcome))
        } catch ServiceError.unknownKey {
            throw failure(Problem(.unknownKey, "There is no key with this secret here."))
        }
    }
}

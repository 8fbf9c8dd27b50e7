internal import Hummingbird
internal import KeyEvents
internal import KeyService

/// What the finder of a leaked key should do: end it. Whoever holds a secret may; nobody else learns anything.
enum LeakEndpoint {
    static func revokeBySecret() -> Endpoint {
        let attempts = AttemptLimiter()
        return .post("/v1/revoke-by-secret", .open { call in try await revoke(call, attempts) })
    }

    private static func revoke(_ call: OpenCall, _ attempts: AttemptLimiter) async throws -> Response {
        let ledger = call.ledger
        var fields = try RequestFields(try await call.body(), secrets: ["secret"])
        let secret = try fields.required("secret", fields.string("secret"))
        let reason = try fields.string("reason")
        try fields.end()
        let address = call.address?.description ?? ""
        if let seconds = attempts.attempt(from: address, at: ledger.now) {
            throw Problem(
                .rateLimited, "Too many calls; try again in \(seconds) s.", headers: [.retryAfter: String(seconds)])
        }
        if let sentence = ledger.malformedMessage(secret) { throw Problem.invalid("secret", "is no key: " + sentence) }
        do {
            let outcome = try await ledger.revokeKey(bySecret: secret, reason: reason)
            attempts.giveBack(to: address)
            return try .document(CommandDocument(outcome, at: ledger.now))
        } catch ServiceError.unknownKey {
            throw Problem(.unknownKey, "There is no key with this secret here.")
        }
    }
}

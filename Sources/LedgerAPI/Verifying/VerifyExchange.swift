package import KeyEvents
package import Ledger
package import LedgerQueries
package import Validation

/// One verification of a key, from the request to the response: the only pipeline of the fast path, the routes, forward-auth, the
/// in-process verifier and the command line.
///
/// A verdict that is not recorded lets no call through: `verdict()` and `record(completion:)` decide and record, and return what was
/// recorded.
package struct VerifyExchange: Sendable {
    /// The text that was presented as a key.
    package let secret: String
    package let accessCheck: AccessCheck
    package let context: UseContext
    /// The actor on whose behalf the use is recorded.
    package let actor: Actor
    private let ledger: Ledger

    package init(_ secret: String, _ accessCheck: AccessCheck, context: UseContext, actor: Actor, in ledger: Ledger) {
        self.secret = secret
        self.accessCheck = accessCheck
        self.context = context
        self.actor = actor
        self.ledger = ledger
    }

    /// Decides and records the use.
    ///
    /// - Parameters:
    ///   - isDryRun: Whether nothing is recorded.
    ///   - minPosition: The position that the log must have reached; `nil` for any.
    /// - Returns: The verdict; unless it is of a dry run, it was recorded.
    /// - Throws: The errors of the verdict and of recording it; the call must not be let through then.
    package func verdict(isDryRun: Bool = false, minPosition: UInt64? = nil) async throws -> VerifyOutcome {
        outcome(
            try await ledger.verifier.verify(
                secret, accessCheck, context: context, isDryRun: isDryRun, minPosition: minPosition, actor: actor))
    }

    /// Decides now, and records the use, for callers that must not wait.
    ///
    /// - Parameter completion: Called with the verdict that was recorded, or with the error for which there is none: before this method
    ///   returns, or on another thread, which it must not block.
    /// - Throws: The errors of the verdict. `completion` is not called then.
    package func record(completion: @escaping @Sendable (Result<VerifyOutcome, any Error>) -> Void) throws {
        let verdict = try ledger.verifier.evaluate(secret, accessCheck)
        ledger.verifier.recordUse(verdict, accessCheck, context: context, actor: actor) { result in completion(result.map(outcome)) }
    }

    /// Decides as of a time in the past. Nothing is recorded. Call it in the lane for queries.
    ///
    /// - Parameter asOf: The time.
    /// - Returns: The verdict with the events that decided it.
    /// - Throws: The errors of reading the log and the views.
    package func pastVerdict(at asOf: AsOf) throws -> (verdict: PastVerdict, document: VerdictDocument) {
        let past = try ledger.past.verdict(on: secret, accessCheck, at: asOf)
        let message = Self.betterMessage(past.verdict, secret, ledger)
        return (past, VerdictDocument(past, message: message, asked: accessCheck.scopes))
    }

    private func outcome(_ verdict: Verdict) -> VerifyOutcome { VerifyOutcome(verdict, on: self, ledger) }

    /// Returns the sentence that is more precise than the verdict's own, for a text that cannot be a key; `nil` where there is none.
    fileprivate static func betterMessage(_ verdict: Verdict, _ secret: String, _ ledger: Ledger) -> String? {
        verdict.code == .malformed ? ledger.verifier.malformedMessage(secret) : nil
    }
}

/// A verdict that was reached and, unless it is of a dry run, recorded, with the responses that report it.
package struct VerifyOutcome: Sendable {
    package let verdict: Verdict
    private let exchange: VerifyExchange
    private let ledger: Ledger

    fileprivate init(_ verdict: Verdict, on exchange: VerifyExchange, _ ledger: Ledger) {
        self.verdict = verdict
        self.exchange = exchange
        self.ledger = ledger
    }

    /// The sentence for the caller: the verdict's own, or a more precise one.
    package var message: String { VerifyExchange.betterMessage(verdict, exchange.secret, ledger) ?? verdict.message }

    /// Returns the key, with the personal fields that can be read; `nil` where the caller may not know of it.
    package func key() throws -> DecryptedKey? {
        try verdict.disclosedKey.flatMap { try ledger.key($0.id) }.map { ledger.keys.view($0) }
    }

    /// Returns the document for services that verify keys of their callers.
    package func document() throws -> VerdictDocument {
        VerdictDocument(verdict, message: message, asked: exchange.accessCheck.scopes, key: try key())
    }

    /// Returns the problem of a key that is refused, for the client that presented it.
    package func problem() -> Problem { Problem(refusing: verdict, sentence: message, asked: exchange.accessCheck.scopes) }
}

internal import EventLog
package import KeyEvents
internal import Ledger
internal import Projections
public import Validation

extension PastQueries {
    /// Evaluates a secret as of a point of the past, by today's rules. Nothing is recorded. Costs the lifecycle events of the key that
    /// it belongs to.
    ///
    /// - Parameters:
    ///   - secret: the whole text of the secret.
    ///   - accessCheck: what the key must allow.
    ///   - asOf: the point of the past.
    /// - Returns: the verdict, and the events that it rests on.
    /// - Throws: `ServiceError.refused` where the access check asks for what no key can have; the errors of reading the log, the state and
    ///   the views.
    public func verdict(on secret: some StringProtocol, _ accessCheck: AccessCheck = AccessCheck(), at asOf: AsOf) throws -> PastVerdict {
        if let refusal = KeyRules.check(environment: accessCheck.environment, scopes: accessCheck.scopes, now: ledger.time.now) {
            throw ServiceError.refused(refusal)
        }
        var secret = String(secret)
        secret.makeContiguousUTF8()
        let digest = SecretFormat.digest(secret.utf8.span)
        // A text that cannot be a secret is not searched in the log.
        let isWellFormed = ledger.verifier.malformedMessage(secret) == nil
        if let id = try isWellFormed ? findSecret(digest, before: asOf.end)?.key : indexed(digest)?.key {
            let history = try history(of: id, before: asOf.end)
            if let state = history.state, let known = state.secrets.first(where: { $0.record.digest == digest }) {
                let verdict = try Self.verdict(on: state, known, accessCheck, at: asOf.clock, asOf.position) {
                    try Validator.isAllowed(accessCheck.address, state, ledger.vault) { try ledger.accounts.erasures(of: state.accountID) }
                }
                let isDisclosed = verdict.disclosedKey != nil
                return PastVerdict(
                    verdict: verdict, asOf: asOf, key: isDisclosed ? ledger.keys.view(state) : nil,
                    evidence: isDisclosed ? history.evidence(of: verdict, accessCheck) : [])
            }
        }
        // The secret did not exist then: it was not added yet, was never added, or was replaced so long before that the state no longer
        // contained it.
        let code: VerdictCode = isWellFormed ? .notFound : .malformed
        let verdict = Verdict(code, position: asOf.position, decidedAt: asOf.clock)
        return PastVerdict(verdict: verdict, asOf: asOf, key: nil, evidence: [])
    }

    /// Returns the verdict by the rules of the live index, on the entry that the index contained then.
    package static func verdict(
        on state: KeyState, _ secret: KeySecret, _ accessCheck: AccessCheck, at clock: Timestamp, _ position: UInt64,
        isAddressAllowed: () throws -> Bool
    ) throws -> Verdict {
        let bytes = ValidationEntry.encode(state, secret)
        guard let entry = ValidationEntry(bytes.span) else { throw CorruptIndexEntry() }
        return try Validator.verdict(
            on: entry, secret.record.digest, accessCheck, at: clock, position, isAddressAllowed: isAddressAllowed)
    }
}

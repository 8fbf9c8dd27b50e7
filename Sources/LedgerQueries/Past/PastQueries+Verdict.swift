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
    ///   - question: what the key must allow.
    ///   - moment: the point of the past.
    /// - Returns: the verdict, and the events that it rests on.
    /// - Throws: `ServiceError.refused` where the question asks for what no key can have; the errors of reading the log, the state and
    ///   the views.
    public func verdict(on secret: some StringProtocol, _ question: Question = Question(), at moment: Moment) throws -> PastVerdict {
        if let refusal = KeyRules.check(environment: question.environment, scopes: question.scopes, now: ledger.time.now) {
            throw ServiceError.refused(refusal)
        }
        var secret = String(secret)
        secret.makeContiguousUTF8()
        let digest = SecretFormat.digest(secret.utf8.span)
        // A text that cannot be a secret is not searched in the log.
        let isWellFormed = ledger.verifier.malformedMessage(secret) == nil
        if let id = try isWellFormed ? findSecret(digest, before: moment.end)?.key : indexed(digest)?.key {
            let life = try life(of: id, before: moment.end)
            if let state = life.state, let known = state.secrets.first(where: { $0.record.digest == digest }) {
                let verdict = try Self.verdict(on: state, known, question, at: moment.clock, moment.position) {
                    try Validator.isAllowed(question.address, state, ledger.vault)
                }
                let isDisclosed = verdict.disclosedKey != nil
                return PastVerdict(
                    verdict: verdict, moment: moment, key: isDisclosed ? ledger.keys.view(state) : nil,
                    grounds: isDisclosed ? life.grounds(of: verdict, question) : [])
            }
        }
        // The secret did not exist then: it was not added yet, was never added, or was replaced so long before that the state no longer
        // contained it.
        let code: VerdictCode = isWellFormed ? .notFound : .malformed
        let verdict = Verdict(code, position: moment.position, decidedAt: moment.clock)
        return PastVerdict(verdict: verdict, moment: moment, key: nil, grounds: [])
    }

    /// Returns the verdict by the rules of the live index, on the entry that the index contained then.
    package static func verdict(
        on state: KeyState, _ secret: KeySecret, _ question: Question, at clock: Timestamp, _ position: UInt64,
        isAddressAllowed: () throws -> Bool
    ) throws -> Verdict {
        let bytes = ValidationEntry.encode(state, secret)
        guard let entry = ValidationEntry(bytes.span) else { throw DamagedIndex() }
        return try Validator.verdict(
            on: entry, secret.record.digest, question, at: clock, position, isAddressAllowed: isAddressAllowed)
    }
}

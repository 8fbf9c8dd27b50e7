public import Bytes
internal import Crypto
public import KeyEvents
internal import Projections
public import Validation

/// Verdicts on secrets, and the records of their uses.
public struct Verifier: Sendable {
    package let ledger: Ledger

    package init(_ ledger: Ledger) { self.ledger = ledger }
}

extension Ledger {
    /// Verdicts on secrets.
    public var verifier: Verifier { Verifier(self) }
}

extension Verifier {
    /// How long a question may wait for a position that is not reached yet, in microseconds.
    private static let longestWait: Int64 = 2_000_000

    /// The verdict on a secret, with its use recorded. A key that is not valid is an answer; a throw means that nothing can
    /// be said, and then nobody may be let in. Where the question names no address, that of `context` is decided by.
    public func verify(
        _ secret: some StringProtocol, _ question: Question = Question(), context: UseContext = UseContext(), isDryRun: Bool = false,
        minPosition: UInt64? = nil, actor: Actor
    ) async throws -> Verdict {
        if let minPosition { try await wait(for: minPosition) }
        var question = question
        if question.address == nil { question.address = context.address }
        let verdict = try check(secret, question)
        if isDryRun { return verdict }
        return try await ledger.recorder.record(verdict, question: question, context: context, actor: actor)
    }

    /// Records the use or refusal that a verdict of `check` decided, for callers that must not wait here. `completion` is told the
    /// verdict that holds, or why nothing can be said: before this returns, or on another thread, which it must not hold up.
    public func record(
        _ verdict: Verdict, _ question: Question, context: UseContext, actor: Actor,
        completion: @escaping @Sendable (Result<Verdict, any Error>) -> Void
    ) {
        ledger.recorder.record(verdict, question: question, context: context, actor: actor, completion: completion)
    }

    /// The verdict alone; records nothing. Throws `ServiceError.refused` when the question asks for what no key can have: what
    /// is asked stands in the record of the answer, which has a largest size.
    public func check(_ secret: some StringProtocol, _ question: Question = Question()) throws -> Verdict {
        if let refusal = KeyRules.check(environment: question.environment, scopes: question.scopes, now: ledger.time.now) {
            throw ServiceError.refused(refusal)
        }
        // They stand in the record of the answer. Hardly any is so long, so that verifying does not wait for this.
        for scope in question.scopes where scope.utf8.count >= SecretFormat.randomCharacters {
            try ledger.commands.refuseSecret(in: scope, "scopes")
        }
        try ledger.standing.requireNewestCopy()
        let clock = try ledger.watch.believed()
        let verdict = try verdict(on: secret, question, at: clock)
        try ledger.watch.check(decidedAt: verdict.decidedAt, by: clock)
        if verdict.code == .expired || verdict.key?.isSecretRetired == true { ledger.watch.remember(decidedAt: verdict.decidedAt) }
        return verdict
    }

    /// The verdict by the log as it is here, whether or not it is the newest copy, and by the clock, whether or not it is believed: for ending
    /// what it finds, never for letting it in.
    func lookUp(_ secret: some StringProtocol, _ question: Question = Question()) throws -> Verdict {
        try verdict(on: secret, question, at: ledger.time.now)
    }

    private func verdict(on secret: some StringProtocol, _ question: Question, at clock: Timestamp) throws -> Verdict {
        var secret = String(secret)
        secret.makeContiguousUTF8()
        return try ledger.noting { try ledger.validator.verdict(on: secret.utf8.span, question, at: clock) }
    }

    /// The verdict on a secret that was accepted before, for whoever was let in with it and kept its number alone. Records nothing.
    /// `number`: of the secret, among those of the key `id`. It goes by the log as it is here, as `lookUp` does; `nil` where there is no such
    /// secret.
    public func verdict(onSecret number: UInt32, of id: KeyID, _ question: Question = Question()) throws -> Verdict? {
        guard let secret = try ledger.key(id)?.secrets.first(where: { $0.record.id == number }) else { return nil }
        return try ledger.noting { try ledger.validator.verdict(on: secret.record.digest, question, at: ledger.time.now) }
    }

    /// Who a key that authorises a call to Keyledger itself acts as; its use is recorded. The verdict says why not.
    /// `permission`: without which the call is refused, and recorded as that; `nil`: it takes none. `address`: where the call comes from.
    public func authorise(
        _ secret: some StringProtocol, for permission: Permission? = nil, from address: IPAddress? = nil
    ) throws -> (caller: Caller?, verdict: Verdict) {
        let verdict = try check(secret, Question(address: address))
        let caller = Caller(verdict, from: address)
        let lacking = permission.flatMap { permission in caller.flatMap { $0.permissions.contains(permission) ? nil : permission } }
        recordCall(verdict, from: address, denial: lacking.map { CallDenial(lacking: $0) })
        return (caller, verdict)
    }

    /// The verdict on a key that is to authorise a call to Keyledger itself; records nothing. `endsOnly`: the call takes from a key and gives
    /// nothing, and so goes on while the clock is doubted.
    public func verdictOnCaller(_ secret: some StringProtocol, from address: IPAddress?, endsOnly: Bool) throws -> Verdict {
        let question = Question(address: address)
        if endsOnly, ledger.standing.problem == nil, ledger.watch.problem != nil { return try lookUp(secret, question) }
        return try check(secret, question)
    }

    /// Records the use, or refusal, of a key that was to authorise a call to Keyledger itself. `address`: that the verdict was asked for.
    public func recordCall(_ verdict: Verdict, from address: IPAddress?, denial: CallDenial? = nil) {
        // While the clock is doubted no use is stamped.
        guard ledger.watch.problem == nil else { return }
        ledger.recorder.recordInternal(verdict, from: address, denial: denial)
    }

    /// Records the use of a key that authorises a call to Keyledger itself, which is about to be answered. It counts from now on; how
    /// the call ends is to be said with `endCall`.
    public func beginCall(_ verdict: Verdict, from address: IPAddress?) -> CallInProgress? {
        guard ledger.watch.problem == nil, let key = verdict.key, let id = ledger.recorder.beginInternal(verdict, from: address) else {
            return nil
        }
        return CallInProgress(id: id, key: key.id)
    }

    /// `denial`: what turned out meanwhile, so that the use becomes a refusal.
    public func endCall(_ call: CallInProgress?, denial: CallDenial? = nil) {
        if let call { ledger.aggregator.endCall(call.id, of: call.key, denial: denial) }
    }

    /// Whether an error says that the caller must not do what was asked. `key`: the one that the call names; an answer that it is unknown
    /// may mean that it is another account's.
    public func denial(_ error: any Error, on key: KeyID?, by caller: Caller) -> CallDenial? {
        guard let error = error as? ServiceError else { return nil }
        if error == .unknownKey {
            let account = key.flatMap { try? ledger.key($0) }?.accountID
            return account.map { !caller.sees($0) } ?? false ? CallDenial(lacking: nil) : nil
        }
        return CallDenial(error, by: caller)
    }

    /// The sentence that helps whoever sent a secret that cannot be one.
    public func malformedMessage(_ secret: some StringProtocol) -> String? {
        SecretFormat.diagnose(secret, prefix: ledger.prefix)?.message
    }

    /// No log grows by so many records while a question waits.
    private static let farthestAhead: UInt64 = 1_000_000

    /// Returns once the record at `position` is visible, or throws `.behind`; at once `.invalid` for what cannot be reached meanwhile.
    public func wait(for position: UInt64) async throws {
        let deadline = ledger.options.clock.monotonicMicroseconds() + Self.longestWait
        while true {
            let last = try ledger.log.lastPosition()
            if let last, last >= position { return }
            if position > (last ?? 0) + Self.farthestAhead {
                throw ServiceError.invalid(field: "minPosition", problem: "lies far beyond the last record, \(last ?? 0).")
            }
            let left = deadline - ledger.options.clock.monotonicMicroseconds()
            guard left > 0 else { throw ServiceError.behind(position: last) }
            await ledger.tail.wait(for: position, atMost: left)
            try Task.checkCancellation()
        }
    }
}

/// A call to Keyledger that is being answered.
public struct CallInProgress: Sendable {
    let id: UInt64
    let key: KeyID
}

public import Bytes
internal import Crypto
internal import EventLog
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
    /// Verdicts by the log and the index alone, without the clock's trust and without any record: for measuring, and for whoever must not wait.
    public var validator: Validator { ledger.validator }

    /// The maximum time that a call waits for a position that is not reached yet.
    private static let maxWait = Duration.seconds(2)

    /// Verifies a secret and records its use or refusal.
    ///
    /// - Parameters:
    ///   - secret: the text that was presented.
    ///   - accessCheck: what the key must allow. Where it names no address, that of `context` counts.
    ///   - context: where the use came from.
    ///   - isDryRun: whether the verdict is given without being recorded.
    ///   - minPosition: a position that the log must have reached first; the call waits for it for up to 2 s.
    ///   - actor: the service that asks, as the log records it.
    /// - Returns: the verdict; that a key is not valid is a verdict, not an error.
    /// - Throws: `ServiceError.refused` and `.invalid` for an access check that no key can satisfy, `.behind` where `minPosition` is not
    ///   reached in time, and `LedgerError` or an error of reading the log where no verdict can be given or its use not be recorded:
    ///   then the caller must not be let in.
    public func verify(
        _ secret: some StringProtocol, _ accessCheck: AccessCheck = AccessCheck(), context: UseContext = UseContext(),
        isDryRun: Bool = false,
        minPosition: UInt64? = nil, actor: Actor
    ) async throws -> Verdict {
        if let minPosition { try await wait(for: minPosition) }
        var accessCheck = accessCheck
        if accessCheck.address == nil { accessCheck.address = context.address }
        let verdict = try evaluate(secret, accessCheck)
        if isDryRun { return verdict }
        return try await ledger.recorder.record(verdict, accessCheck: accessCheck, context: recordable(context), actor: actor)
    }

    /// Records the use or refusal of a verdict of `evaluate`, for callers that must not wait in this call.
    ///
    /// - Parameters:
    ///   - verdict: the verdict of `evaluate`.
    ///   - accessCheck: the access check that it was given for.
    ///   - context: where the use came from.
    ///   - actor: the service that asked, as the log records it.
    ///   - completion: called once with the verdict that holds, or with the error for which none can be given: before this method
    ///     returns, or on another thread, which it must not block.
    public func recordUse(
        _ verdict: Verdict, _ accessCheck: AccessCheck, context: UseContext, actor: Actor,
        completion: @escaping @Sendable (Result<Verdict, any Error>) -> Void
    ) {
        ledger.recorder.record(verdict, accessCheck: accessCheck, context: recordable(context), actor: actor, completion: completion)
    }

    /// A context without a method or path that holds a piece of one of this ledger's secrets, which `UseContext` cannot tell.
    private func recordable(_ context: UseContext) -> UseContext { context.withoutSecrets(prefix: ledger.prefix) }

    /// Evaluates a secret without recording anything.
    ///
    /// - Parameters:
    ///   - secret: the text that was presented.
    ///   - accessCheck: what the key must allow.
    /// - Returns: the verdict by the state of the log at this time.
    /// - Throws: `ServiceError.refused` where the access check asks for what no key can have, since the access check becomes a part of a
    ///   record, whose size is bounded; `LedgerError` where the log is not the newest copy or the clock is in doubt; the errors of
    ///   reading the state.
    public func evaluate(_ secret: some StringProtocol, _ accessCheck: AccessCheck = AccessCheck()) throws -> Verdict {
        if let refusal = KeyRules.check(environment: accessCheck.environment, scopes: accessCheck.scopes, now: ledger.time.now) {
            throw ServiceError.refused(refusal)
        }
        // The scopes become a part of the record. Few are so long that the ledger has to look into its index for them, so that verifying
        // rarely pays for it.
        for scope in accessCheck.scopes {
            if scope.utf8.count >= SecretFormat.randomCharacters {
                try ledger.commands.refuseSecret(in: scope, "scopes")
            } else if let secret = MisplacedSecret(in: scope, prefix: ledger.prefix) {
                throw ServiceError.refused(.secretInField(field: "scopes", problem: secret.problem))
            }
        }
        try ledger.standing.requireNewestCopy()
        let clock = try ledger.watch.believed()
        let verdict = try verdict(on: secret, accessCheck, at: clock)
        try ledger.watch.check(decidedAt: verdict.decidedAt, by: clock)
        if verdict.code == .expired || verdict.key?.isSecretRetired == true { ledger.watch.remember(decidedAt: verdict.decidedAt) }
        return verdict
    }

    /// The verdict by the log of this ledger, whether or not it is the newest copy, and by the clock, whether or not it is trusted: for
    /// ending the key that it finds, never for letting it in.
    func lookUp(_ secret: some StringProtocol, _ accessCheck: AccessCheck = AccessCheck()) throws -> Verdict {
        try verdict(on: secret, accessCheck, at: ledger.time.now)
    }

    private func verdict(on secret: some StringProtocol, _ accessCheck: AccessCheck, at clock: Timestamp) throws -> Verdict {
        var secret = String(secret)
        secret.makeContiguousUTF8()
        return try continued { try ledger.noting { try ledger.validator.verdict(on: secret.utf8.span, accessCheck, at: clock) } }
    }

    /// Returns a verdict that was taken from a log that continues what this process has seen of it. Otherwise the ledger is suspended at
    /// once: a later look at the files might find as many records as before.
    private func continued(_ verdict: () throws -> Verdict) throws -> Verdict {
        let seen = ledger.continuity.seenSize
        do {
            let verdict = try verdict()
            let size = verdict.position.map { $0 + 1 } ?? 0
            guard size >= seen else { throw LogError.notContinued(size: size, seen: seen) }
            return verdict
        } catch {
            guard let problem = ledger.discontinuity(error) else { throw error }
            ledger.standing.suspend(for: problem)
            throw problem
        }
    }

    /// The verdict on a secret that was accepted before, for a caller that was let in with it and kept the secret's number alone.
    /// Nothing is recorded, and as in `lookUp` the log of this ledger counts as it is.
    ///
    /// - Parameters:
    ///   - number: the secret's number among those of the key.
    ///   - id: the key.
    ///   - accessCheck: what the key must allow.
    /// - Returns: the verdict; `nil` where there is no such secret.
    /// - Throws: the errors of reading the state.
    public func verdict(onSecret number: UInt32, of id: KeyID, _ accessCheck: AccessCheck = AccessCheck()) throws -> Verdict? {
        guard let secret = try ledger.key(id)?.secrets.first(where: { $0.record.id == number }) else { return nil }
        return try continued {
            try ledger.noting { try ledger.validator.verdict(on: secret.record.digest, accessCheck, at: ledger.time.now) }
        }
    }

    /// Authenticates a caller of Keyledger itself by its key, and records the use or refusal.
    ///
    /// - Parameters:
    ///   - secret: the text that was presented.
    ///   - permission: the permission that the call needs; without it the use is recorded as a refusal. `nil` where the call needs
    ///     none.
    ///   - address: the address that the call comes from; `nil` where it is not known.
    /// - Returns: the verdict, and the caller that the key acts as; `caller` is `nil` where the key was not accepted. A caller that
    ///   lacks `permission` is returned all the same.
    /// - Throws: `LedgerError` where the log is not the newest copy or the clock is in doubt; the errors of reading the state.
    public func authenticateCaller(
        _ secret: some StringProtocol, for permission: Permission? = nil, from address: IPAddress? = nil
    ) throws -> (caller: Caller?, verdict: Verdict) {
        let verdict = try evaluate(secret, AccessCheck(address: address))
        let caller = Caller(verdict, from: address)
        let lacking = permission.flatMap { permission in caller.flatMap { $0.permissions.contains(permission) ? nil : permission } }
        recordCall(verdict, from: address, denial: lacking.map { CallDenial(lacking: $0) })
        return (caller, verdict)
    }

    /// Evaluates a key that is to authorise a call to Keyledger itself, without recording anything.
    ///
    /// - Parameters:
    ///   - secret: the text that was presented.
    ///   - address: the address that the call comes from; `nil` where it is not known.
    ///   - endsOnly: whether the call takes from a key and gives nothing: such a call goes on while the clock is in doubt.
    /// - Returns: the verdict.
    /// - Throws: `LedgerError` where the log is not the newest copy, or the clock is in doubt and `endsOnly` is false; the errors of
    ///   reading the state.
    public func verdictOnCaller(_ secret: some StringProtocol, from address: IPAddress?, endsOnly: Bool) throws -> Verdict {
        let accessCheck = AccessCheck(address: address)
        if endsOnly, ledger.standing.problem == nil, ledger.watch.problem != nil { return try lookUp(secret, accessCheck) }
        return try evaluate(secret, accessCheck)
    }

    /// Records the use or refusal of a key that was to authorise a call to Keyledger itself.
    ///
    /// - Parameters:
    ///   - verdict: the verdict on the key.
    ///   - address: the address that the verdict was given for.
    ///   - denial: why the call was refused although its key was valid; `nil` where it was not.
    public func recordCall(_ verdict: Verdict, from address: IPAddress?, denial: CallDenial? = nil) {
        // No use is stamped while the clock is in doubt.
        guard ledger.watch.problem == nil else { return }
        ledger.recorder.recordInternal(verdict, from: address, denial: denial)
    }

    /// Begins to record the use of a key that authorises a call to Keyledger itself. The use counts from now on; `endCall` says how the
    /// call ended.
    ///
    /// - Parameters:
    ///   - verdict: the verdict on the key.
    ///   - address: the address that the verdict was given for.
    /// - Returns: the call, for `endCall`; `nil` where nothing more is to be recorded at its end.
    public func beginCall(_ verdict: Verdict, from address: IPAddress?) -> CallInProgress? {
        guard ledger.watch.problem == nil, let key = verdict.key, let id = ledger.recorder.beginInternal(verdict, from: address) else {
            return nil
        }
        return CallInProgress(id: id, key: key.id)
    }

    /// Records how a call that `beginCall` began has ended.
    ///
    /// - Parameters:
    ///   - call: the call; `nil` changes nothing.
    ///   - denial: why the call was refused after all, so that its use becomes a refusal; `nil` where it was not.
    public func endCall(_ call: CallInProgress?, denial: CallDenial? = nil) {
        if let call { ledger.aggregator.endCall(call.id, of: call.key, denial: denial) }
    }

    /// Tells whether an error means that the caller must not do what it asked for.
    ///
    /// - Parameters:
    ///   - error: the error of the call.
    ///   - key: the key that the call names: an `unknownKey` error may mean that it belongs to another account.
    ///   - caller: who called.
    /// - Returns: the denial to record; `nil` where the error is none.
    public func denial(_ error: any Error, on key: KeyID?, by caller: Caller) -> CallDenial? {
        guard let error = error as? ServiceError else { return nil }
        if error == .unknownKey {
            let account = key.flatMap { try? ledger.key($0) }?.accountID
            return account.map { !caller.sees($0) } ?? false ? CallDenial(lacking: nil) : nil
        }
        return CallDenial(error, by: caller)
    }

    /// Describes what is wrong with a text that cannot be a secret.
    ///
    /// - Parameter secret: the text that was presented.
    /// - Returns: a sentence that helps whoever sent it; `nil` where the text is well-formed.
    public func malformedMessage(_ secret: some StringProtocol) -> String? {
        SecretFormat.diagnose(secret, prefix: ledger.prefix)?.message
    }

    /// The maximum distance of a position that is worth waiting for: no log grows by so many records while a call waits.
    private static let farthestAhead: UInt64 = 1_000_000

    /// Waits until the record at a position is visible.
    ///
    /// - Parameter position: the position of the record.
    /// - Throws: `ServiceError.invalid` at once for a position that cannot be reached in time, `.behind` after 2 s; `CancellationError`
    ///   where the task is cancelled; the errors of reading the log.
    public func wait(for position: UInt64) async throws {
        let deadline = ledger.options.clock.monotonic() + Self.maxWait
        while true {
            let last = try ledger.log.lastPosition()
            if let last, last >= position { return }
            if position > (last ?? 0) + Self.farthestAhead {
                throw ServiceError.invalid(field: "minPosition", problem: "lies far beyond the last record, \(last ?? 0).")
            }
            let left = deadline - ledger.options.clock.monotonic()
            guard left > .zero else { throw ServiceError.behind(position: last) }
            await ledger.appendNotifier.wait(for: position, atMost: left)
            try Task.checkCancellation()
        }
    }
}

/// A call to Keyledger itself that is in progress.
public struct CallInProgress: Sendable {
    let id: UInt64
    let key: KeyID
}

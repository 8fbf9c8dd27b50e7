internal import Bytes
internal import KeyEvents
internal import Validation

/// Records presentations of known keys in the log, each by itself or aggregated with others.
struct UseRecorder: Sendable {
    let mode: UseRecording
    let writer: LedgerWriter
    let aggregator: UseAggregator
    let vault: Vault
    let watch: ClockWatch
    let unknownKeys: UnknownKeys
    let report: @Sendable (String) -> Void

    /// Records the presentation that `verdict` is on, and passes the final verdict to `completion`: another one where it changed before
    /// the use could be recorded, or an error where the use cannot be recorded and so does not count as accepted. `completion` is
    /// called before this method returns, or on the writer's thread, which other jobs wait for.
    func record(
        _ verdict: Verdict, accessCheck: AccessCheck, context: UseContext, actor: Actor,
        completion: @escaping @Sendable (Result<Verdict, any Error>) -> Void
    ) {
        guard let key = verdict.key, let position = verdict.position else {
            unknownKeys.note(verdict, from: accessCheck.address)
            return completion(.success(verdict))
        }
        var note = PendingUse(
            key, verdict.code.refusal, accessCheck: accessCheck, position: position, decidedAt: verdict.decidedAt, actor: actor,
            context: context.decided(by: accessCheck.address), dataKey: vault.recentIdentity(key.accountID))
        guard verdict.isValid else {
            aggregator.add(note, window: UseAggregator.refusalWindow)
            return completion(.success(verdict))
        }
        switch mode {
        // A use that retires older secrets is decided inside the transaction that records it.
        case _ where key.retiresOlder:
            break
        case .durable:
            break
        case .buffered:
            if writer.problem != nil { break }
            do { note = try note.sealed(by: vault) } catch { return completion(.failure(error)) }
            if writer.enqueueBuffered(RecordAcknowledgedUseJob(note, onFailure: failed)) { return completion(.success(verdict)) }
        case .aggregated(let window):
            if writer.problem != nil { break }
            return completion(aggregator.add(note, window: window) ? .success(verdict) : .failure(LedgerError.closed))
        }
        do { note = try note.sealed(by: vault) } catch { return completion(.failure(error)) }
        // The caller does not wait for a lock for which others have waited in vain; another process may have released it by the next
        // attempt.
        if let problem = writer.lockProblem {
            writer.retryIfRecovered()
            return completion(.failure(problem))
        }
        writer.enqueue(
            RecordUseJob(note, key, accessCheck, vault: vault, watch: watch, firstUse: firstUse(key)) { result in
                switch result {
                case .success(nil): completion(.success(verdict))
                case .success(let other?): record(other, accessCheck: accessCheck, context: context, actor: actor, completion: completion)
                case .failure(let error): completion(.failure(error))
                }
            })
    }

    /// Records the presentation, and returns the final verdict (see the method above).
    ///
    /// The continuation is not a checked one, which takes an allocation more and copies the verdict once more on the writer's thread, for
    /// whom all callers wait: together a twentieth of a durable use. `completion` is called once by contract, on every path above.
    func record(_ verdict: Verdict, accessCheck: AccessCheck, context: UseContext, actor: Actor) async throws -> Verdict {
        try await unsafe withUnsafeThrowingContinuation { continuation in
            record(verdict, accessCheck: accessCheck, context: context, actor: actor) { unsafe continuation.resume(with: $0) }
        }
    }

    /// Records that a key has authorised a call to Keyledger itself, or was refused. `address` is the address by which the verdict was
    /// decided; `denial` is the reason for which the call was denied although the key is valid, and `nil` where it was not denied.
    func recordInternal(_ verdict: Verdict, from address: IPAddress?, denial: CallDenial? = nil) {
        guard let note = internalNote(verdict, from: address, denial) else { return }
        if note.refusal == nil, recordFirstUse(note, verdict) { return }
        aggregator.add(note, window: note.refusal == nil ? UseAggregator.internalWindow : UseAggregator.refusalWindow)
    }

    /// Records that a key has authorised a call to Keyledger whose response is about to be made. Returns `nil` where the outcome of the
    /// call cannot change the record any more.
    func beginInternal(_ verdict: Verdict, from address: IPAddress?) -> UseAggregator.CallID? {
        guard let note = internalNote(verdict, from: address, nil), !recordFirstUse(note, verdict) else { return nil }
        return aggregator.beginCall(note)
    }

    private func internalNote(_ verdict: Verdict, from address: IPAddress?, _ denial: CallDenial?) -> PendingUse? {
        guard let key = verdict.key, let position = verdict.position else {
            unknownKeys.note(verdict, from: address)
            return nil
        }
        let note = PendingUse(
            key, verdict.code.refusal, accessCheck: AccessCheck(), position: position, decidedAt: verdict.decidedAt, actor: .key(key.id),
            context: UseContext(address: address), dataKey: vault.recentIdentity(key.accountID), isInternal: true)
        return denial.map { note.denied($0) } ?? note
    }

    /// Records an accepted use at once where it retires older secrets. Returns false where it retires none.
    private func recordFirstUse(_ note: PendingUse, _ verdict: Verdict) -> Bool {
        guard let key = verdict.key, let firstUse = firstUse(key) else { return false }
        writer.enqueue(RecordAcknowledgedUseJob((try? note.sealed(by: vault)) ?? note, firstUse: firstUse, onFailure: failed))
        return true
    }

    private func firstUse(_ key: Verdict.KnownKey) -> FirstUse? {
        key.retiresOlder ? FirstUse(of: key.secretID, key: key.id, aggregator: aggregator) : nil
    }

    /// Passes windows that have ended to the writer. While nothing can be recorded they stay in the aggregator, where they do not grow
    /// with the number of presentations. The method is called several times a second.
    func recordExpiredWindows(at now: Timestamp) {
        writer.retryIfRecovered()
        if writer.problem == nil { flush(endedAt: now) } else { aggregator.coalesceExpiredWindows(at: now) }
        unknownKeys.say()
    }

    /// Passes the windows to the writer that have ended at `now`, or all windows where `now` is `nil`.
    func flush(endedAt now: Timestamp?) {
        for note in aggregator.drainExpiredWindows(at: now) { writer.enqueue(RecordAcknowledgedUseJob(note, onFailure: failed)) }
    }

    /// Records everything that was accepted, and accepts nothing from then on.
    func close() {
        unknownKeys.say(isLast: true)
        aggregator.close()
        flush(endedAt: nil)
        writer.close()
        // A command that failed at the very end may have restored windows.
        for note in aggregator.drainExpiredWindows(at: nil) { failed(note, LedgerError.closed) }
    }

    private func failed(_ note: PendingUse, _ error: any Error) {
        report("\(note.use.count) presentation(s) of \(note.keyID) could not be recorded: \(error)")
    }
}

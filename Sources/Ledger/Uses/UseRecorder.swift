internal import KeyEvents
internal import Validation

/// Brings presentations of known keys into the log.
struct UseRecorder: Sendable {
    let mode: UseRecording
    let writer: LedgerWriter
    let aggregator: UseAggregator
    let vault: Vault
    let watch: ClockWatch
    let unknownKeys: UnknownKeys
    let report: @Sendable (String) -> Void

    /// Records what `verdict` decided, and hands on the verdict that holds: another one when it changed before the use could be
    /// recorded. Where the use cannot be recorded, that is said instead, and then it does not count as accepted. `completion` is
    /// called before this returns, or on the writer's thread, which others wait for.
    func record(
        _ verdict: Verdict, question: Question, context: UseContext, actor: Actor,
        completion: @escaping @Sendable (Result<Verdict, any Error>) -> Void
    ) {
        guard let key = verdict.key, let position = verdict.position else {
            unknownKeys.note(verdict, from: question.address)
            return completion(.success(verdict))
        }
        var note = PendingUse(
            key, verdict.code.refusal, question: question, position: position, decidedAt: verdict.decidedAt, actor: actor,
            context: context.decided(by: question.address), dataKey: vault.recentIdentity(key.accountID))
        guard verdict.isValid else {
            aggregator.add(note, seconds: UseAggregator.refusalSeconds)
            return completion(.success(verdict))
        }
        switch mode {
        // What ends other secrets is decided where it is recorded.
        case _ where key.retiresOlder:
            break
        case .durable:
            break
        case .buffered:
            if writer.problem != nil { break }
            do { note = try note.sealed(by: vault) } catch { return completion(.failure(error)) }
            if writer.enqueueBuffered(RecordAcknowledgedUseJob(note, onFailure: failed)) { return completion(.success(verdict)) }
        case .aggregated(let seconds):
            if writer.problem != nil { break }
            return completion(aggregator.add(note, seconds: seconds) ? .success(verdict) : .failure(LedgerError.closed))
        }
        do { note = try note.sealed(by: vault) } catch { return completion(.failure(error)) }
        // Its caller is not kept waiting for what others have waited for in vain; another process may let go of the lock meanwhile.
        if let problem = writer.lockProblem {
            writer.retryIfRecovered()
            return completion(.failure(problem))
        }
        writer.enqueue(
            RecordUseJob(note, key, question, vault: vault, watch: watch, firstUse: firstUse(key)) { result in
                switch result {
                case .success(nil): completion(.success(verdict))
                case .success(let other?): record(other, question: question, context: context, actor: actor, completion: completion)
                case .failure(let error): completion(.failure(error))
                }
            })
    }

    /// As above, for those who can wait.
    func record(_ verdict: Verdict, question: Question, context: UseContext, actor: Actor) async throws -> Verdict {
        try await withCheckedThrowingContinuation { continuation in
            record(verdict, question: question, context: context, actor: actor) { continuation.resume(with: $0) }
        }
    }

    /// A key has authorised, or was to authorise, a call to Keyledger itself. `address`: that the verdict was asked for. `denial`: why it
    /// did not, though it is good.
    func recordInternal(_ verdict: Verdict, from address: IPAddress?, denial: CallDenial? = nil) {
        guard let note = internalNote(verdict, from: address, denial) else { return }
        if note.refusal == nil, recordFirstUse(note, verdict) { return }
        aggregator.add(note, seconds: note.refusal == nil ? UseAggregator.internalSeconds : UseAggregator.refusalSeconds)
    }

    /// Likewise, of a call that was accepted and is about to be answered. `nil`: nothing can change any more about what is recorded.
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
            key, verdict.code.refusal, question: Question(), position: position, decidedAt: verdict.decidedAt, actor: .key(key.id),
            context: UseContext(address: address), dataKey: vault.recentIdentity(key.accountID), isInternal: true)
        return denial.map { note.denied($0) } ?? note
    }

    /// An accepted use that ends older secrets is recorded at once. False: it ends none.
    private func recordFirstUse(_ note: PendingUse, _ verdict: Verdict) -> Bool {
        guard let key = verdict.key, let firstUse = firstUse(key) else { return false }
        writer.enqueue(RecordAcknowledgedUseJob((try? note.sealed(by: vault)) ?? note, firstUse: firstUse, onFailure: failed))
        return true
    }

    private func firstUse(_ key: Verdict.KnownKey) -> FirstUse? {
        key.retiresOlder ? FirstUse(of: key.secretID, key: key.id, aggregator: aggregator) : nil
    }

    /// To be called several times a second: hands windows that have ended to the writer. While nothing can be recorded they
    /// stay here, where they do not grow with what is asked.
    func keepUp(at now: Timestamp) {
        writer.retryIfRecovered()
        if writer.problem == nil { flush(endedAt: now) } else { aggregator.mergeEnded(at: now) }
        unknownKeys.say()
    }

    /// Hands windows that have ended to the writer; all windows when `now` is `nil`.
    func flush(endedAt now: Timestamp?) {
        for note in aggregator.takeEnded(at: now) { writer.enqueue(RecordAcknowledgedUseJob(note, onFailure: failed)) }
    }

    /// Records everything that was accepted; accepts nothing afterwards.
    func close() {
        unknownKeys.say(isLast: true)
        aggregator.close()
        flush(endedAt: nil)
        writer.close()
        // What a failing command put back at the very end.
        for note in aggregator.takeEnded(at: nil) { failed(note, LedgerError.closed) }
    }

    private func failed(_ note: PendingUse, _ error: any Error) {
        report("\(note.use.count) presentation(s) of \(note.keyID) could not be recorded: \(error)")
    }
}

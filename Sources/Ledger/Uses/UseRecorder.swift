internal import Bytes
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

    /// Records what `verdict` decided, and passes the verdict that holds to `completion`: another one where it changed before the use
    /// could be recorded, and an error where the use cannot be recorded, since then it must not count as accepted. `completion` is
    /// called before this returns, or on the writer's thread, which other jobs wait for.
    package func record(
        _ verdict: Verdict, question: Question, context: UseContext, actor: Actor,
        completion: @escaping @Sendable (Result<Verdict, any Error>) -> Void
    ) {
        guard let key = verdict.key, let position = verdict.position else {
            unknownKeys.note(verdict, from: question.address)
            return completion(.success(verdict))
        }
        var note = UseNote(
            key, verdict.code.refusal, question: question, position: position, decidedAt: verdict.decidedAt, actor: actor,
            context: context.decided(by: question.address), dataKey: vault.recentIdentity(key.accountID))
        guard verdict.isValid else {
            aggregator.add(note, seconds: UseAggregator.refusalSeconds)
            return completion(.success(verdict))
        }
        switch mode {
        // A use that retires other secrets is confirmed in the transaction that records it.
        case _ where key.retiresOlder:
            break
        case .durable:
            break
        case .buffered:
            if writer.problem != nil { break }
            do { note = try note.sealed(by: vault) } catch { return completion(.failure(error)) }
            if writer.enqueueBuffered(NoteJob(note, onFailure: failed)) { return completion(.success(verdict)) }
        case .aggregated(let seconds):
            if writer.problem != nil { break }
            return completion(aggregator.add(note, seconds: seconds) ? .success(verdict) : .failure(LedgerError.closed))
        }
        do { note = try note.sealed(by: vault) } catch { return completion(.failure(error)) }
        // The caller does not wait for a lock that others have waited for in vain; another process may release it meanwhile.
        if let problem = writer.lockProblem {
            writer.lookAgain()
            return completion(.failure(problem))
        }
        writer.enqueue(
            UseJob(note, key, question, vault: vault, watch: watch, firstUse: firstUse(key)) { result in
                switch result {
                case .success(nil): completion(.success(verdict))
                case .success(let other?): record(other, question: question, context: context, actor: actor, completion: completion)
                case .failure(let error): completion(.failure(error))
                }
            })
    }

    /// Records a verdict as the method above does, for callers that can wait.
    package func record(_ verdict: Verdict, question: Question, context: UseContext, actor: Actor) async throws -> Verdict {
        try await unsafe withUnsafeThrowingContinuation { continuation in
            record(verdict, question: question, context: context, actor: actor) { unsafe continuation.resume(with: $0) }
        }
    }

    /// Records the use or refusal of a key in a call to Keyledger itself. `address` is the one that the verdict was given for; `denial`
    /// says why the call was refused although the key is valid.
    func recordInternal(_ verdict: Verdict, from address: IPAddress?, denial: CallDenial? = nil) {
        guard let note = internalNote(verdict, from: address, denial) else { return }
        if note.refusal == nil, recordFirstUse(note, verdict) { return }
        aggregator.add(note, seconds: note.refusal == nil ? UseAggregator.internalSeconds : UseAggregator.refusalSeconds)
    }

    /// Begins to record a call that was accepted and is about to be answered. Returns `nil` where nothing more can change about the
    /// record.
    func beginInternal(_ verdict: Verdict, from address: IPAddress?) -> UseAggregator.CallID? {
        guard let note = internalNote(verdict, from: address, nil), !recordFirstUse(note, verdict) else { return nil }
        return aggregator.beginCall(note)
    }

    private func internalNote(_ verdict: Verdict, from address: IPAddress?, _ denial: CallDenial?) -> UseNote? {
        guard let key = verdict.key, let position = verdict.position else {
            unknownKeys.note(verdict, from: address)
            return nil
        }
        let note = UseNote(
            key, verdict.code.refusal, question: Question(), position: position, decidedAt: verdict.decidedAt, actor: .key(key.id),
            context: UseContext(address: address), dataKey: vault.recentIdentity(key.accountID), isInternal: true)
        return denial.map { note.denied($0) } ?? note
    }

    /// Records an accepted use that retires older secrets at once. Returns false where it retires none.
    private func recordFirstUse(_ note: UseNote, _ verdict: Verdict) -> Bool {
        guard let key = verdict.key, let firstUse = firstUse(key) else { return false }
        writer.enqueue(NoteJob((try? note.sealed(by: vault)) ?? note, firstUse: firstUse, onFailure: failed))
        return true
    }

    private func firstUse(_ key: Verdict.KnownKey) -> FirstUse? {
        key.retiresOlder ? FirstUse(of: key.secretID, key: key.id, aggregator: aggregator) : nil
    }

    /// Hands windows that have ended to the writer; to be called several times a second. While nothing can be recorded they stay in the
    /// aggregator, where they do not grow with the number of calls.
    func keepUp(at now: Timestamp) {
        writer.lookAgain()
        if writer.problem == nil { flush(endedAt: now) } else { aggregator.mergeEnded(at: now) }
        unknownKeys.say()
    }

    /// Hands windows that have ended to the writer; all windows where `now` is `nil`.
    func flush(endedAt now: Timestamp?) {
        for note in aggregator.takeEnded(at: now) { writer.enqueue(NoteJob(note, onFailure: failed)) }
    }

    /// Records everything that was accepted, and accepts nothing afterwards.
    func close() {
        unknownKeys.say(isLast: true)
        aggregator.close()
        flush(endedAt: nil)
        writer.close()
        // These are windows that a failing command restored at the very end.
        for note in aggregator.takeEnded(at: nil) { failed(note, LedgerError.closed) }
    }

    private func failed(_ note: UseNote, _ error: any Error) {
        report("\(note.use.count) presentation(s) of \(note.keyID) could not be recorded: \(error)")
    }
}

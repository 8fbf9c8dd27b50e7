internal import KeyEvents
internal import Validation

/// Brings presentations of known keys into the log.
struct UseRecorder: Sendable {
    let mode: UseRecording
    let writer: LedgerWriter
    let aggregator: UseAggregator
    let vault: Vault
    let report: @Sendable (String) -> Void

    /// Records what `verdict` decided, and hands on the verdict that holds: another one when it changed before the use could be
    /// recorded. Where the use cannot be recorded, that is said instead, and then it does not count as accepted. `completion` is
    /// called before this returns, or on the writer's thread, which others wait for.
    func record(
        _ verdict: Verdict, question: Question, context: UseContext, actor: Actor,
        completion: @escaping @Sendable (Result<Verdict, any Error>) -> Void
    ) {
        guard let key = verdict.key, let position = verdict.position else { return completion(.success(verdict)) }
        let note: UseNote
        do {
            note = try UseNote(
                key, verdict.code.refusal, question: question, position: position, decidedAt: verdict.decidedAt, actor: actor,
                personal: context.decided(by: question.address).personal
            ).sealed(by: vault)
        } catch {
            return completion(.failure(error))
        }
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
            if writer.enqueueBuffered(NoteJob(note, onFailure: failed)) { return completion(.success(verdict)) }
        case .aggregated(let seconds):
            if writer.problem != nil { break }
            return completion(aggregator.add(note, seconds: seconds) ? .success(verdict) : .failure(LedgerError.closed))
        }
        writer.enqueue(
            UseJob(note, key, question, vault: vault, firstUse: firstUse(key)) { result in
                switch result {
                case .success(nil): completion(.success(verdict))
                case .success(let other?): record(other, question: question, context: context, actor: actor, completion: completion)
                case .failure(let error): completion(.failure(error))
                }
            })
    }

    /// As above, for those who can wait.
    func record(_ verdict: Verdict, question: Question, context: UseContext, actor: Actor) async throws -> Verdict {
        try await unsafe withUnsafeThrowingContinuation { continuation in
            record(verdict, question: question, context: context, actor: actor) { unsafe continuation.resume(with: $0) }
        }
    }

    /// A key has authorised, or was to authorise, a call to Keyledger itself. `address`: that the verdict was asked for.
    func recordInternal(_ verdict: Verdict, from address: IPAddress?) {
        guard let key = verdict.key, let position = verdict.position else { return }
        let note = UseNote(
            key, verdict.code.refusal, question: Question(), position: position, decidedAt: verdict.decidedAt, actor: .key(key.id),
            personal: PersonalFields(clientAddress: address?.description), isInternal: true)
        if verdict.isValid, let firstUse = firstUse(key) {
            writer.enqueue(NoteJob((try? note.sealed(by: vault)) ?? note, firstUse: firstUse, onFailure: failed))
        } else {
            aggregator.add(note, seconds: note.refusal == nil ? UseAggregator.internalSeconds : UseAggregator.refusalSeconds)
        }
    }

    private func firstUse(_ key: Verdict.KnownKey) -> FirstUse? {
        key.retiresOlder ? FirstUse(of: key.secretID, key: key.id, aggregator: aggregator) : nil
    }

    /// To be called several times a second: hands windows that have ended to the writer. While nothing can be recorded they
    /// stay here, where they do not grow with what is asked.
    func keepUp(at now: Timestamp) {
        writer.lookAgain()
        if writer.problem == nil { flush(endedAt: now) } else { aggregator.mergeEnded(at: now) }
    }

    /// Hands windows that have ended to the writer; all windows when `now` is `nil`.
    func flush(endedAt now: Timestamp?) {
        for note in aggregator.takeEnded(at: now) { writer.enqueue(NoteJob(note, onFailure: failed)) }
    }

    /// Records everything that was accepted; accepts nothing afterwards.
    func close() {
        aggregator.close()
        flush(endedAt: nil)
        writer.close()
        // What a failing command put back at the very end.
        for note in aggregator.takeEnded(at: nil) { failed(note, LedgerError.closed) }
    }

    private func failed(_ note: UseNote, _ error: any Error) {
        report("\(note.use.count) presentation(s) of \(note.keyID) could not be recorded: \(error)")
    }
}

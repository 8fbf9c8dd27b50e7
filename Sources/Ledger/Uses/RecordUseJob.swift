internal import EventLog
internal import KeyEvents
internal import Projections
internal import Storage
internal import Validation

/// A job that records one accepted use before its caller gets the response. The verdict is confirmed inside the write transaction, so
/// the order of the log shows that no use follows the end of its key.
final class RecordUseJob: WriterJob {
    private let note: PendingUse
    private let key: Verdict.KnownKey
    private let accessCheck: AccessCheck
    private let vault: Vault
    private let watch: ClockWatch
    private var firstUse: FirstUse?
    private let completion: @Sendable (Result<Verdict?, any Error>) -> Void
    let recordBytes: Int
    /// The verdict that is valid inside the transaction, where it differs from the one that was reached before; `nil` otherwise.
    private var other: Verdict?

    /// Makes a job. `firstUse` retires older secrets of the key; `nil` where this use retires none. `completion` is called on the
    /// writer's thread, which other jobs wait for: with `nil` where the use was recorded, or with another verdict where the verdict has
    /// changed since, and nothing was recorded then.
    init(
        _ note: PendingUse, _ key: Verdict.KnownKey, _ accessCheck: AccessCheck, vault: Vault, watch: ClockWatch, firstUse: FirstUse?,
        completion: @escaping @Sendable (Result<Verdict?, any Error>) -> Void
    ) {
        self.note = note
        self.vault = vault
        self.watch = watch
        self.firstUse = firstUse
        recordBytes = note.recordBytes + (firstUse == nil ? 0 : 4096)
        self.key = key
        self.accessCheck = accessCheck
        self.completion = completion
    }

    func perform(_ batch: inout AppendBatch, _ transaction: inout WriteTransaction, _ appender: inout BatchAppender) throws {
        other = nil
        firstUse?.begin()
        try watch.require(appender)
        var note = note
        let hasChanged = batch.lifecycleEnd > note.use.decidedAtPosition + 1
        if hasChanged || key.endsAt <= appender.now {
            let position = appender.nextPosition - 1
            let verdict = try Validator.verdict(on: key.digest, accessCheck, at: appender.now, position, batch.store, vault, transaction)
            guard verdict.isValid else {
                other = verdict
                return
            }
            note = note.decided(at: position, appender.now, by: vault)
        }
        _ = try appender.append(note.event, &transaction)
        try firstUse?.retireOlder(&batch, &transaction, &appender)
    }

    func finish(_ error: (any Error)?) {
        firstUse?.finish(error)
        completion(error.map { .failure($0) } ?? .success(other))
    }
}

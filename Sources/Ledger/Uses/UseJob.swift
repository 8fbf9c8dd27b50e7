internal import EventLog
internal import KeyEvents
internal import Projections
internal import Storage
internal import Validation

/// Records one accepted use before its caller is answered. The verdict is confirmed inside the writer's transaction, so the order of
/// the log shows that no use follows the end of its key.
final class UseJob: WriterJob, @unchecked Sendable {
    private let note: UseNote
    private let key: Verdict.KnownKey
    private let question: Question
    private let vault: Vault
    private let watch: ClockWatch
    private var firstUse: FirstUse?
    private let completion: @Sendable (Result<Verdict?, any Error>) -> Void
    override var recordBytes: Int { bytes }
    private let bytes: Int
    /// The verdict that holds, where it changed before the use could be recorded.
    private var other: Verdict?

    /// Makes the job; `firstUse` is set where the use retires older secrets. `completion` is called on the writer's thread, which other
    /// jobs wait for; it gets another verdict where that one holds by now, and `nil` where the verdict was confirmed.
    init(
        _ note: UseNote, _ key: Verdict.KnownKey, _ question: Question, vault: Vault, watch: ClockWatch, firstUse: FirstUse?,
        completion: @escaping @Sendable (Result<Verdict?, any Error>) -> Void
    ) {
        self.note = note
        self.vault = vault
        self.watch = watch
        self.firstUse = firstUse
        bytes = note.recordBytes + (firstUse == nil ? 0 : 4096)
        self.key = key
        self.question = question
        self.completion = completion
    }

    override func perform(_ turn: inout Turn, _ transaction: inout WriteTransaction, _ appender: inout Appender) throws {
        other = nil
        firstUse?.begin()
        try watch.require(appender)
        var note = note
        let hasChanged = turn.lifecycleEnd > note.use.decidedAtPosition + 1
        if hasChanged || key.endsAt <= appender.now {
            let position = appender.next - 1
            let verdict = try Validator.verdict(on: key.digest, question, at: appender.now, position, turn.store, vault, transaction)
            guard verdict.isValid else {
                other = verdict
                return
            }
            note = note.decided(at: position, appender.now, by: vault)
        }
        _ = try appender.append(note.event, &transaction)
        try firstUse?.retireOlder(&turn, &transaction, &appender)
    }

    override func finish(_ error: (any Error)?) {
        firstUse?.finish(error)
        completion(error.map { .failure($0) } ?? .success(other))
    }
}

/// Records what was decided and answered before: a buffered use, or an aggregated window.
final class NoteJob: WriterJob, @unchecked Sendable {
    private let note: UseNote
    private let bytes: Int
    private var firstUse: FirstUse?
    private let onFailure: @Sendable (UseNote, any Error) -> Void

    init(_ note: UseNote, firstUse: FirstUse? = nil, onFailure: @escaping @Sendable (UseNote, any Error) -> Void) {
        self.note = note
        self.firstUse = firstUse
        bytes = note.recordBytes + (firstUse == nil ? 0 : 4096)
        self.onFailure = onFailure
    }

    override var isAcknowledged: Bool { true }
    /// The secrets that the use retires must not be accepted any longer, so the job is not delayed.
    override var patience: Patience { firstUse == nil ? .long : .none }
    override var recordBytes: Int { bytes }

    override func perform(_ turn: inout Turn, _ transaction: inout WriteTransaction, _ appender: inout Appender) throws {
        firstUse?.begin()
        _ = try appender.append(note.event, &transaction)
        try firstUse?.retireOlder(&turn, &transaction, &appender)
    }

    override func finish(_ error: (any Error)?) {
        firstUse?.finish(error)
        if let error { onFailure(note, error) }
    }
}

/// Finishes when everything that was queued before it is durable, or was deferred.
@safe final class BarrierJob: WriterJob, @unchecked Sendable {
    private let continuation: UnsafeContinuation<Void, any Error>

    init(_ continuation: UnsafeContinuation<Void, any Error>) { unsafe self.continuation = continuation }

    override func finish(_ error: (any Error)?) {
        if let error { unsafe continuation.resume(throwing: error) } else { unsafe continuation.resume() }
    }
}
